package page

import (
	"maps"
	"slices"
	"strings"

	"madx/activities"
	"madx/workflows"
)

// datum is one file of a task.
type datum struct {
	Task, Part string
	activities.Data
}

// taskData lists the files that tasks learn from and are tested on.
func taskData(r workflows.SweepResult) []datum {
	var out []datum
	for _, t := range r.Params.Tasks {
		add := func(part string, files []activities.Data) {
			for _, d := range files {
				out = append(out, datum{t.Name, part, d})
			}
		}
		for _, b := range t.Before {
			add("trained on before", b.Data)
			add("held out before", b.HeldOut)
		}
		add("trained on", t.Data)
		add("held out", t.HeldOut)
		for _, lang := range slices.Sorted(maps.Keys(t.Test)) {
			add("test "+lang, t.Test[lang])
		}
	}
	return out
}

// madeThing is an artifact with what it was made from.
type madeThing struct {
	Name, Digest, Where string
	From                []input
}

// input is what something was made from; Name is "" where the sweep does not know the digest.
type input struct{ Role, Name, Digest string }

// lineage names the digests that manifests refer to, down to the dumps and files.
func lineage(r Report) []madeThing {
	names := map[string]string{r.Params.Model.Ref.Digest: "base model " + r.Params.Model.Name}
	for name, t := range r.Adapters {
		names[t.Ref.Digest] = name
	}
	for _, c := range r.Corpora {
		names[c.Ref.Digest] = "corpus/" + c.Lang
	}
	for _, d := range taskData(r.SweepResult) {
		names[d.Ref.Digest] = d.File
	}
	var out []madeThing
	for _, name := range AdapterNames(r.SweepResult) {
		ref := r.Adapters[name].Ref
		m := madeThing{Name: name, Digest: ref.Digest, Where: ref.URI}
		for _, role := range slices.Sorted(maps.Keys(r.MadeFrom[name])) {
			digest := r.MadeFrom[name][role]
			m.From = append(m.From, input{role, names[digest], digest})
		}
		out = append(out, m)
	}
	for _, c := range r.Corpora {
		m := madeThing{Name: "corpus/" + c.Lang, Digest: c.Ref.Digest, Where: c.Ref.URI}
		for _, o := range c.Origins {
			m.From = append(m.From, input{"text", o.Name, o.SHA256})
		}
		out = append(out, m)
	}
	base := r.Params.Model
	return append(out, madeThing{Name: "base model " + base.Name, Digest: base.Ref.Digest, Where: base.Ref.URI})
}

// named is what a reader may type to find an artifact by its name.
func named(name string) string {
	kind, lang, _ := strings.Cut(name, "/")
	return find(lang, kind)
}

// role is what an input was for; a file's has the file's digest in it, which stands beside it.
func role(name string) string {
	if strings.HasPrefix(name, "data-") {
		return "data"
	}
	return name
}
