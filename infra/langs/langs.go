// Package langs knows the languages that have a Wikipedia: their codes, the wiki's database name, and how long the
// paper trained their adapters. It must not know any file format or service.
package langs

import (
	"sort"
	"strings"
)

// codes are the language codes of Wikipedias as they appear in database names (with "-" for "_").
const codes = `aa ab ace ady af ak als alt am ami an ang ann anp ar arc ary arz as ast atj av avk awa ay az azb ba ban bar
bat-smg bbc bcl bdr be be-tarask be-x-old bew bg bh bi bjn blk bm bn bo bpy br bs btm bug bxr ca cbk-zam cdo ce ceb ch cho chr chy
ckb co cr crh cs csb cu cv cy da dag de dga din diq dsb dtp dty dv dz ee el eml en eo es et eu ext fa fat ff fi fiu-vro fj fo
fon fr frp frr fur fy ga gag gan gcr gd gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw
hz ia iba id ie ig igl ii ik ilo inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg kge ki kj kk kl km kn knc ko koi kr krc ks
ksh ku kus kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv lzh mad mai map-bms mdf mg mh mhr mi min mk ml mn mni
mnw mo mos mr mrj ms mt mus mwl my myv mzn na nah nan nap nds nds-nl ne new ng nia nl nn no nov nqo nr nrm nso nup nv ny oc olo om or
os pa pag pam pap pcd pcm pdc pdt pfl pi pih pl pms pnb pnt ps pt pwn qu rm rmy rn ro roa-rup roa-tara rsk ru rue rup rw sa sah sat sc scn
sco sd se sg sgs sh shi shn si simple sk skr sl sm smn sn so sq sr srn ss st stq su sv sw szl szy ta tay tcy tdd te tet tg th ti tk tl
tly tn to tpi tr trv ts tt tum tw ty tyv udm ug uk ur uz ve vec vep vi vls vo war wa wo wuu xal xh xmf yi yo yue za zea zgh zh
zh-classical zh-min-nan zh-yue zu`

// wikiNames are the languages whose database is not named after their code.
var wikiNames = map[string]string{"gsw": "als", "sgs": "bat_smg", "vro": "fiu_vro", "rup": "roa_rup", "lzh": "zh_classical",
	"nan": "zh_min_nan", "yue": "zh_yue", "be-tarask": "be_x_old", "cbk": "cbk_zam"}

var known = func() map[string]bool {
	m := map[string]bool{}
	for _, c := range strings.Fields(codes) {
		m[c] = true
	}
	for c := range wikiNames {
		m[c] = true
	}
	return m
}()

// Known tells whether the code names a Wikipedia.
func Known(code string) bool { return known[code] }

// Wiki returns the database name of a language's Wikipedia, as dump mirrors use it: "swwiki", "zh_yuewiki".
func Wiki(code string) string {
	if name, ok := wikiNames[code]; ok {
		return name + "wiki"
	}
	return strings.ReplaceAll(code, "-", "_") + "wiki"
}

// PublishedSteps returns for how many steps AdapterHub's published adapters of the paper were trained: 250,000 for
// languages with much text, 100,000 and 50,000 for those with less; 100,000 for languages the paper did not use.
func PublishedSteps(code string) int {
	switch code {
	case "ar", "de", "el", "en", "es", "et", "hi", "it", "ja", "ru", "ta", "th", "tr", "vi", "zh":
		return 250_000
	case "cdo", "gn", "ht", "ilo", "mhr", "mi", "qu", "tk", "xmf":
		return 50_000
	}
	return 100_000
}

// Nearest returns up to three known codes that differ from an unknown one by little, for an error message.
func Nearest(code string) []string {
	code = strings.ToLower(strings.TrimSpace(code))
	var out []string
	for c := range known {
		if strings.HasPrefix(code, c) || strings.HasPrefix(c, code) && len(code) >= 2 {
			out = append(out, c)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if len(out[i]) != len(out[j]) {
			return len(out[i]) < len(out[j])
		}
		return out[i] < out[j]
	})
	return out[:min(3, len(out))]
}
