package tracking

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"madx/trainer/events"
)

// eventFile is a TensorBoard event file: TFRecord frames around messages tensorflow.Event. Each attempt writes a file
// of its own into the training's folder, and tells with a session log where it begins, so that TensorBoard drops what
// the attempt before it had done beyond its last checkpoint.
type eventFile struct {
	dir     string
	attempt int
	file    *os.File
}

func (f *eventFile) name() string { return "TensorBoard files" }

func (f *eventFile) write(_ context.Context, batch []point) error {
	var out []byte
	for _, p := range batch {
		if f.file == nil {
			if err := f.open(p.at); err != nil {
				return err
			}
			out = record(out, fileVersion(p.at))
		}
		if p.Type == events.TypeStarted || p.Type == events.TypeRollback {
			out = record(out, sessionStart(p.at, p.Step))
		}
		if tags := figures(p.Event); len(tags) > 0 {
			out = record(out, summary(p.at, p.Step, tags))
		}
	}
	if _, err := f.file.Write(out); err != nil {
		return fmt.Errorf("event file: %w", err)
	}
	return nil
}

// open makes the file, under a name that TensorBoard looks for and that sorts by time.
func (f *eventFile) open(at time.Time) error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("event file: %w", err)
	}
	name := fmt.Sprintf("events.out.tfevents.%010d.madx.%d.%d", at.Unix(), os.Getpid(), f.attempt)
	var err error
	f.file, err = os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	return err
}

func (f *eventFile) close(context.Context, error, time.Time) error {
	if f.file == nil {
		return nil
	}
	if err := f.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Fields of tensorflow.Event, Summary, Summary.Value and SessionLog (tensorflow/core/util/event.proto and
// framework/summary.proto).
const (
	fieldWallTime, fieldStep, fieldFileVersion, fieldSummary, fieldSession = 1, 2, 3, 5, 7
	fieldValue, fieldTag, fieldSimpleValue                                 = 1, 1, 2
	fieldStatus, statusStart                                               = 1, 1
)

func event(at time.Time, step int) []byte {
	b := protowire.AppendTag(nil, fieldWallTime, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(float64(at.UnixNano())/1e9))
	b = protowire.AppendTag(b, fieldStep, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(step))
}

func fileVersion(at time.Time) []byte {
	b := protowire.AppendTag(event(at, 0), fieldFileVersion, protowire.BytesType)
	return protowire.AppendString(b, "brain.Event:2")
}

func sessionStart(at time.Time, step int) []byte {
	log := protowire.AppendVarint(protowire.AppendTag(nil, fieldStatus, protowire.VarintType), statusStart)
	b := protowire.AppendTag(event(at, step), fieldSession, protowire.BytesType)
	return protowire.AppendBytes(b, log)
}

func summary(at time.Time, step int, tags map[string]float64) []byte {
	var all []byte
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		v := protowire.AppendString(protowire.AppendTag(nil, fieldTag, protowire.BytesType), tag)
		v = protowire.AppendTag(v, fieldSimpleValue, protowire.Fixed32Type)
		v = protowire.AppendFixed32(v, math.Float32bits(float32(tags[tag])))
		all = protowire.AppendBytes(protowire.AppendTag(all, fieldValue, protowire.BytesType), v)
	}
	return protowire.AppendBytes(protowire.AppendTag(event(at, step), fieldSummary, protowire.BytesType), all)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record frames a message as TFRecord does: length, masked CRC of the length, message, masked CRC of the message.
func record(out, message []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	out = append(out, length...)
	out = binary.LittleEndian.AppendUint32(out, masked(length))
	out = append(out, message...)
	return binary.LittleEndian.AppendUint32(out, masked(message))
}

// masked is the CRC that the format stores: rotated and shifted, because a CRC of data with CRCs in it is weak.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
