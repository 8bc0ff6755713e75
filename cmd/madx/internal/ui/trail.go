package ui

import (
	"sync"

	"madx/activities"
)

// maxTrail bounds the points that are kept of a running step, maxTrails the steps.
const (
	maxTrail  = 400
	maxTrails = 200
)

// trails are the losses seen of running steps: their whole curves come with the artifact, until then a page shows what
// was looked at since it was opened.
type trails struct {
	mu sync.Mutex
	of map[string][]activities.Point
}

// add notes what running steps say. A training that went back drops what it takes back.
func (t *trails) add(st Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil || len(t.of) > maxTrails {
		t.of = map[string][]activities.Point{}
	}
	for id, l := range st.Live {
		if l.Loss == 0 || l.Step == 0 {
			continue
		}
		points := t.of[id]
		for len(points) > 0 && points[len(points)-1].Step >= int(l.Step) {
			points = points[:len(points)-1]
		}
		points = append(points, activities.Point{Step: int(l.Step), Loss: l.Loss})
		t.of[id] = points[max(0, len(points)-maxTrail):]
	}
}

// get returns a copy.
func (t *trails) get(id string) []activities.Point {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]activities.Point(nil), t.of[id]...)
}
