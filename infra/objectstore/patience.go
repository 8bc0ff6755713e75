package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errSilent is why a read ends whose bytes stopped coming.
var errSilent = errors.New("the store stopped sending")

// patientBody is an object's bytes that end with an error when none has come for a while: a connection whose other end
// is gone without a word never ends by itself.
type patientBody struct {
	io.ReadCloser
	ctx      context.Context
	patience time.Duration
	watchdog *time.Timer
	cancel   context.CancelCauseFunc
}

func newPatientBody(ctx context.Context, body io.ReadCloser, patience time.Duration, cancel context.CancelCauseFunc) *patientBody {
	b := &patientBody{ReadCloser: body, ctx: ctx, patience: patience, cancel: cancel}
	b.watchdog = time.AfterFunc(patience, func() { cancel(fmt.Errorf("%w for %s", errSilent, patience)) })
	return b
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	b.watchdog.Reset(b.patience)
	n, err := b.ReadCloser.Read(p)
	b.watchdog.Stop() // the reader may take its time
	if err != nil && !errors.Is(err, io.EOF) && errors.Is(context.Cause(b.ctx), errSilent) {
		err = context.Cause(b.ctx)
	}
	return n, err
}

// Close implements io.Closer.
func (b *patientBody) Close() error {
	b.watchdog.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}
