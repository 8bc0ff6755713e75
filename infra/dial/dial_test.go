package dial

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/viper"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
)

// frontend is the part of Temporal that a client dials, noting what it is told.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	said chan metadata.MD
}

func (f *frontend) GetSystemInfo(ctx context.Context, _ *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	select {
	case f.said <- md:
	default:
	}
	return &workflowservice.GetSystemInfoResponse{}, nil
}

// serve runs a frontend with TLS that trusts the clients of its own authority only, where clients is set.
func serve(t *testing.T, ca *authority, clients bool) (string, *frontend) {
	t.Helper()
	conf := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "server")}}
	if clients {
		conf.ClientAuth, conf.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, f := grpc.NewServer(grpc.Creds(credentials.NewTLS(conf))), &frontend{said: make(chan metadata.MD, 1)}
	workflowservice.RegisterWorkflowServiceServer(s, f)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String(), f
}

// dialed dials with what the environment says.
func dialed(t *testing.T, o Options) error {
	t.Helper()
	opt, err := Client(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, opt)
	if err == nil {
		c.Close()
	}
	return err
}

// alone makes a test see no settings but its own.
func alone(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "TEMPORAL_") || strings.HasPrefix(name, "MADX_PAYLOAD") {
			t.Setenv(name, "")
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "absent.toml"))
}

func TestMutualTLS(t *testing.T) {
	alone(t)
	ca := newAuthority(t)
	dir := t.TempDir()
	ca.write(t, dir, "client")
	addr, _ := serve(t, ca, true)
	t.Setenv("TEMPORAL_ADDRESS", addr)
	t.Setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", filepath.Join(dir, "ca.crt"))
	if err := dialed(t, Options{}); err == nil {
		t.Error("the server takes a client without a certificate")
	}
	t.Setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", filepath.Join(dir, "tls.crt"))
	t.Setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", filepath.Join(dir, "tls.key"))
	if err := dialed(t, Options{}); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	t.Setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", "")
	if err := dialed(t, Options{}); err == nil || !strings.Contains(err.Error(), "temporal settings") {
		t.Errorf("half a certificate: %v", err)
	}
}

func TestAPIKeyNamespaceAndProfile(t *testing.T) {
	alone(t)
	ca := newAuthority(t)
	dir := t.TempDir()
	ca.write(t, dir, "client")
	addr, f := serve(t, ca, false)
	t.Setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", filepath.Join(dir, "ca.crt"))
	t.Setenv("TEMPORAL_API_KEY", "secret-key")
	if err := dialed(t, Options{Address: addr, Namespace: "mine"}); err != nil {
		t.Fatal(err)
	}
	if got := (<-f.said).Get("authorization"); len(got) != 1 || got[0] != "Bearer secret-key" {
		t.Errorf("authorization %q", got)
	}
	profile := filepath.Join(dir, "temporal.toml")
	if err := os.WriteFile(profile, []byte("[profile.prod]\naddress = \"prod:7233\"\nnamespace = \"languages\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEMPORAL_CONFIG_FILE", profile)
	t.Setenv("TEMPORAL_PROFILE", "prod")
	o, err := Client(Options{})
	if err != nil || o.HostPort != "prod:7233" || o.Namespace != "languages" {
		t.Errorf("profile: %s, %s, %v", o.HostPort, o.Namespace, err)
	}
	if o, err = Client(Options{Address: "here:1", Namespace: "n"}); err != nil || o.HostPort != "here:1" || o.Namespace != "n" {
		t.Errorf("flags beat the profile: %s, %s, %v", o.HostPort, o.Namespace, err)
	}
}

func TestCodecFromSettings(t *testing.T) {
	alone(t)
	if c, err := Codec(viper.New()); c != nil || err != nil {
		t.Errorf("without a key: %v, %v", c, err)
	}
	key := strings.Repeat("5a", 32)
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"MADX_PAYLOAD_KEY": key, "MADX_PAYLOAD_KEY_FILE": file} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			c, err := Codec(viper.New())
			if err != nil || c == nil {
				t.Fatalf("%v, %v", c, err)
			}
			o, err := Client(Options{Codec: c})
			if err != nil || len(o.ConnectionOptions.DialOptions) != 1 {
				t.Errorf("%d dial options, %v", len(o.ConnectionOptions.DialOptions), err)
			}
		})
	}
	t.Setenv("MADX_PAYLOAD_KEY", "not-a-key")
	if _, err := Codec(viper.New()); err == nil || strings.Contains(err.Error(), "not-a-key") {
		t.Errorf("a wrong key: %v", err)
	}
}

// authority signs certificates for a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue signs a certificate for 127.0.0.1 that serves servers and clients.
func (a *authority) issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// write lays out ca.crt, tls.crt and tls.key, as a secret of Kubernetes has them.
func (a *authority) write(t *testing.T, dir, name string) {
	t.Helper()
	pair := a.issue(t, name)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		"ca.crt":  {Type: "CERTIFICATE", Bytes: a.cert.Raw},
		"tls.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		"tls.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
