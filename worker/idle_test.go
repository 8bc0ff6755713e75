package worker

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestIdleWatchEndsOnlyBetweenActivities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIdleWatch(time.Minute)
		over := func() bool {
			synctest.Wait()
			select {
			case <-w.idle:
				return true
			default:
				return false
			}
		}
		time.Sleep(59 * time.Second)
		w.begin()
		w.begin()
		time.Sleep(time.Hour)
		w.end()
		time.Sleep(time.Hour)
		if over() {
			t.Fatal("idle while an activity runs")
		}
		w.end()
		time.Sleep(59 * time.Second)
		if over() {
			t.Fatal("idle after 59 s of 60")
		}
		time.Sleep(2 * time.Second)
		if !over() {
			t.Fatal("not idle after a minute without activities")
		}
	})
}

func TestIdleExitIsForTrainingWorkers(t *testing.T) {
	_, err := Start(nil, Options{IdleExit: time.Minute, NoTrain: true})
	if err == nil {
		t.Fatal("a worker of workflows would leave them alone")
	}
}
