package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// TrainerLogs is the folder of a worker's Dir that keeps what trainers said, by workflow: sweep/NAME/lang/sw/….log.
const TrainerLogs = "logs"

// trainerLog keeps what a trainer says, whole lines with the time: its events as they came, and its standard error.
type trainerLog struct {
	mu   sync.Mutex
	file *os.File // nil keeps nothing
	rest []byte   // of standard error: a line that has not ended
}

// openTrainerLog opens the log of an activity's attempt. A log that cannot be kept stops no training.
func openTrainerLog(ctx context.Context, dir string) *trainerLog {
	l := &trainerLog{}
	if dir == "" || !activity.IsActivity(ctx) {
		return l
	}
	tidy(dir, keptBytes, time.Now())
	info := activity.GetInfo(ctx)
	name := filepath.Join(dir, filepath.FromSlash(info.WorkflowExecution.ID), fmt.Sprintf("%s-%s-a%d.log", time.Now().UTC().Format("20060102T150405"), info.ActivityType.Name, info.Attempt))
	if os.MkdirAll(filepath.Dir(name), 0o755) == nil {
		l.file, _ = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) // nil on an error
	}
	return l
}

// line keeps one line.
func (l *trainerLog) line(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(text)
}

func (l *trainerLog) write(text []byte) {
	if l.file != nil {
		_, _ = fmt.Fprintf(l.file, "%s %s\n", time.Now().UTC().Format(time.RFC3339), text) // a full disk stops no training
	}
}

// Write implements io.Writer for standard error.
func (l *trainerLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range p {
		if b != '\n' && len(l.rest) < maxLine {
			l.rest = append(l.rest, b)
			continue
		}
		l.write(l.rest)
		l.rest = l.rest[:0]
	}
	return len(p), nil
}

func (l *trainerLog) close() {
	if len(l.rest) > 0 {
		l.line(l.rest)
	}
	if l.file != nil {
		_ = l.file.Close()
	}
}
