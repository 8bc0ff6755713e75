package main

import (
	"context"
	"fmt"

	"madx/trainer/bench/figures"
)

// compareWithCommitted measures this project alone on the committed cases of the chosen shapes.
func (o options) compareWithCommitted(ctx context.Context) error {
	file, err := o.read()
	if err != nil {
		return err
	}
	o.alone = true
	slower, compared := 0, 0
	for _, committed := range file.Cases {
		s, err := parseShape(committed.Shape)
		if err != nil {
			return err
		}
		if !o.chosen(s, committed.Work) {
			continue
		}
		same := o
		same.vocab, same.batch, same.threads = committed.Vocab, committed.Batch, min(committed.Threads, cores())
		if committed.Work != "mixed" { // whose Seq is a mean
			same.seq = committed.Seq
		}
		now, err := same.measure(ctx, s, committed.Work, committed.Run(figures.OursFull) != nil)
		if err != nil {
			return err
		}
		for _, program := range []string{figures.Ours, figures.OursFull} {
			if committed.Run(program) == nil {
				continue
			}
			v := figures.Check(committed, now, program, o.tolerance)
			fmt.Println(v)
			compared++
			if !v.OK {
				slower++
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("%s/%s has no figures of the chosen shapes and works: run make bench", o.docs, jsonName)
	}
	if slower > 0 {
		return fmt.Errorf("%d of %d figures are lower than committed by more than %.0f%%; if that is meant, run make bench on a quiet machine", slower, compared, 100*o.tolerance)
	}
	return nil
}

func (o options) chosen(s shape, work string) bool {
	for i, t := range o.shapes {
		if s != t {
			continue
		}
		for _, w := range o.worksOf(i) {
			if w == work {
				return true
			}
		}
	}
	return false
}
