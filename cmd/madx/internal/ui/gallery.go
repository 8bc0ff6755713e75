package ui

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
)

// galleryData is what the page of the adapters shows.
type galleryData struct {
	Groups []group
	Facets []facet
	Query  string
	Total  int
}

// group are the adapters of a kind.
type group struct {
	Title string
	Cards []card
}

// facet is a word that finds some of the adapters, such as a base model.
type facet struct {
	Word string
	N    int
}

// kinds of adapters, in the order they are shown.
var kinds = []struct{ kind, title string }{{"language", "Language adapters"}, {"task", "Task adapters"}, {"mlm-head", "Heads for masked words"}}

func (s *Server) adapters(ctx context.Context, r *http.Request) (view, error) {
	v := view{Title: "Adapters"}
	have, err := s.source.Shelf(ctx)
	if err != nil {
		return v, err
	}
	d := galleryData{Query: strings.TrimSpace(r.URL.Query().Get("q")), Total: len(have.Adapters)}
	find := searchFor(d.Query)
	if d.Total > fewLines {
		v.Find, d.Facets = "language, task, model or sweep", facets(have.Adapters)
	}
	for _, k := range kinds {
		g := group{Title: k.title}
		for _, x := range have.Adapters {
			if x.Kind == k.kind && find.finds(x.Lang, append([]string{x.Kind, x.Name, strings.ReplaceAll(x.Name, "/", " "), x.Model, x.Digest}, x.Sweeps...)...) {
				g.Cards = append(g.Cards, newCard(have, x))
			}
		}
		if len(g.Cards) > 0 {
			d.Groups = append(d.Groups, g)
		}
	}
	v.Data = d
	return v, nil
}

// facets are the kinds and base models that there are several of.
func facets(adapters []shelf.Adapter) []facet {
	var out []facet
	count := func(of func(shelf.Adapter) string) {
		n := map[string]int{}
		for _, x := range adapters {
			n[of(x)]++
		}
		delete(n, "")
		if len(n) < 2 {
			return
		}
		from := len(out)
		for word, n := range n {
			out = append(out, facet{word, n})
		}
		slices.SortFunc(out[from:], func(a, b facet) int { return cmp.Compare(a.Word, b.Word) })
	}
	count(func(x shelf.Adapter) string { return x.Kind })
	count(func(x shelf.Adapter) string { return x.Model })
	return out
}

// card is an adapter in the gallery with the results it took part in; a language adapter with those of its language.
type card struct {
	shelf.Adapter
	Scores []activities.Evaluated
	Call   string // its name, with the digest where others have the same
}

// FewScores tells whether the scores fit into the card.
func (c card) FewScores() bool { return len(c.Scores) <= fewScores }

// fewScores fit into a card of the gallery.
const fewScores = 6

func newCard(have *shelf.Shelf, x shelf.Adapter) card {
	c := card{Adapter: x, Call: x.Name}
	if slices.ContainsFunc(have.Adapters, func(o shelf.Adapter) bool { return o.Name == x.Name && o.Digest != x.Digest }) {
		c.Call = x.ID()
	}
	for _, e := range have.Evaluations(x) {
		if x.Lang == "" || e.Lang == x.Lang {
			c.Scores = append(c.Scores, e)
		}
	}
	return c
}

// Score is that of the row in which the adapter took part.
func (c card) Score(e activities.Evaluated) string {
	if strings.HasSuffix(c.Name, "/alone") {
		return page.Cell(e, "task_alone")
	}
	row, _ := page.Adapted(e)
	return page.Cell(e, row.Row)
}
