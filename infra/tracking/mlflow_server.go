package tracking

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// answerTime bounds one request; a server that needs longer loses what was sent, and the training does not notice.
const answerTime = 10 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// mlflowServer speaks MLflow's REST API 2.0.
type mlflowServer struct {
	base, experiment      string
	token, user, password string
	client                *http.Client

	mu sync.Mutex
	id string // of the experiment, once known
}

func newMLflow(uri string, env func(string) string) (*mlflowServer, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%s is %q: only servers are written to, http://HOST:PORT or https://HOST", envURI, uri)
	}
	s := &mlflowServer{base: strings.TrimSuffix(uri, "/") + "/api/2.0/mlflow/", experiment: env(envExperiment),
		token: env(envToken), user: env(envUser), password: env(envPassword), client: &http.Client{Timeout: answerTime}}
	if s.experiment == "" {
		s.experiment = "madx"
	}
	return s, nil
}

// refusal is what MLflow answers instead of a result.
type refusal struct {
	Code    string `json:"error_code"`
	Message string `json:"message"`
	status  string
}

func (r *refusal) Error() string { return strings.TrimSpace(r.status + " " + r.Code + " " + r.Message) }

func (s *mlflowServer) post(ctx context.Context, method string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.call(ctx, http.MethodPost, method, bytes.NewReader(b), into)
}

func (s *mlflowServer) call(ctx context.Context, verb, method string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, verb, s.base+method, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	} else if s.user != "" {
		req.SetBasicAuth(s.user, s.password)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("mlflow: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("mlflow %s: %w", method, err)
	}
	if resp.StatusCode != http.StatusOK {
		r := &refusal{status: resp.Status}
		_ = json.Unmarshal(answer, r) // a proxy's page is no JSON: the status says it
		return fmt.Errorf("mlflow %s: %w", method, r)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("mlflow %s: %w", method, err)
	}
	return nil
}

// experimentID finds or makes the experiment. Several workers may do so at once.
func (s *mlflowServer) experimentID(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		return s.id, nil
	}
	find := func() error {
		var found struct {
			Experiment struct {
				ID string `json:"experiment_id"`
			} `json:"experiment"`
		}
		err := s.call(ctx, http.MethodGet, "experiments/get-by-name?experiment_name="+url.QueryEscape(s.experiment), nil, &found)
		s.id = found.Experiment.ID
		return err
	}
	if find() == nil && s.id != "" {
		return s.id, nil
	}
	var made struct {
		ID string `json:"experiment_id"`
	}
	err := s.post(ctx, "experiments/create", map[string]any{"name": s.experiment}, &made)
	if err != nil { // made by another in this moment, or the server is away
		if ferr := find(); ferr != nil {
			return "", err
		}
		return s.id, nil
	}
	s.id = made.ID
	return s.id, nil
}
