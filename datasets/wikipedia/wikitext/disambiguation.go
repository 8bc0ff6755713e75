package wikitext

import (
	"bytes"
	"strings"
)

// disambiguations are the names, in any language, of the templates that mark a disambiguation page; most of these
// words also stand in brackets at the end of such a page's title. Lower case, "_" for a space. Hatnotes, which stand on
// ordinary articles, are not among them.
var disambiguations = set(`disambig dab disambiguation disamb disambigua disambigue hndis geodis numberdis roaddis schooldis
 hospitaldis mathdab mil-unit-dis airport_disambiguation human_name_disambiguation place_name_disambiguation letter-number_combination_disambiguation
 begriffsklärung begriffsklärig begriepskläärenge homonymie desambiguación desambiguació desambiguação desambigazión
 desambiguáncia dixebra homónimos disambigua disambigui doorverwijspagina dpintro dubbelsinnig neibetsjuttings verdudeliking ujednoznacznienie
 strona_ujednoznaczniająca rozcestník rozlišovacia_stránka wjacezmyslnosć razločitev razdvojba čvor višeznačna_odrednica вишезначна_одредница
 вишезначна појаснување пояснение неоднозначность неоднозначно многозначность неоднозначность_список неадназначнасць неадназначнасьць
 неоднозначності багатозначність омонімія айрық салаа_утгатай элбэх_суолталаах_өйдөбүллэр ибҳомзудоӣ күп_мәгънә
 flertydig fleirtyding förgrening grensida gren gaffel peker pekerside aðgreining fleiri_týdningar täsmennyssivu täpsustus
 täpsustuslehekülg linke_täpsüstüslehekülile nozīmju_atdalīšana daugiareikšmis nuorodinis_straipsnis egyért egyértelműsítő_lap egyertelmusito_lap
 dezambiguizare dezambig omonimia omonimeye kthjellim αποσαφήνιση σαφήνισις anlam_ayrımı anlamayrımı dəqiqləşdirmə koʻp_maʼnolilar
 երկիմաստ բազմիմաստություն მრავალმნიშვნელოვანი פירושונים באדייטן توضيح توضيح_تشعيب صفحة_توضيح ابهام` + "\u200c" + `زدایی ابهامزدایی ابهام_زدایی رفع_ابهام ضد_ابہام
 ڕوونکردنەوە बहुविकल्पी_शब्द बहुविकल्पी नि:संदिग्धीकरण দ্ব্যর্থতা_নিরসন പ്രമാണം_വഴിതിരിവ് നാനാർത്ഥം நெறிப்படுத்து பக்கவழி_நெறிப்படுத்தல் అయోమయ_నివృత్తి
 ದ್ವಂದ್ವ_ನಿವಾರಣೆ වක්රෝත්තිහරණ แก้กำกวม แก้ความกำกวม စာမျက်နှာခွဲများ aimai 曖昧さ回避 人名の曖昧さ回避 地名の曖昧さ回避 동음이의 동음이의어 동명이인
 消歧义 消歧義 消除歧义 消除歧義 消含糊 消除含糊 人名消歧义 人名消歧義 地名消歧義 地名消歧义 搞清楚 định_hướng trang_định_hướng disambiguasi nyahkekaburan
 paglilinaw pamipalino clarip gwahaniaethu idirdhealú idirdhealaithe sluaghan apartigilo discretiva argipen homonimia telplänov maana
 diżambig asefham hozotra milyoltaca mehrdüdig_begreep fakaʻuhingakehe sut'ichana_qillqa መንታ khpi matessi_innòmmu gestion_dij_sinònim ambigua`)

// titleWords stand in brackets after the titles of disambiguation pages and are hatnotes as templates, or none.
var titleWords = set(`значения значення значэнні olika_betydelser andre_betydninger andre_betydningar flertydighed
 homonymes homonymie egyértelműsítés otras_acepciones betekenissen betekenis znaczenia razločitveno_stran стојност вишезначно многозначна_страница
 多義 多义 動音異義語 동음이의어_문서 các_nghĩa kekaburan`)

// disambiguationsOf are names too short or too common to mean that on every wiki.
var disambiguationsOf = map[string]map[string]bool{
	"nl": set("dp"), "nds-nl": set("dv"), "de": set("bkl"), "fr": set("hom"), "uk": set("дз"), "ja": set("dab"), "cs": set("rozcestnik"),
}

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(list) {
		m[strings.ReplaceAll(name, "_", " ")] = true
	}
	return m
}

// isDisambiguation says whether a template of this (folded) name marks a disambiguation page. "Disambiguation needed"
// and its kin mark a link in an ordinary article.
func (s *Site) isDisambiguation(name []byte) bool {
	if disambiguations[string(name)] || disambiguationsOf[s.lang][string(name)] {
		return true
	}
	return bytes.HasPrefix(name, []byte("disambig")) && !bytes.Contains(name, []byte("need")) &&
		!bytes.Contains(name, []byte("link")) && !bytes.Contains(name, []byte("inline"))
}

// IsDisambiguationTitle says whether a title ends, in any language, in "(disambiguation)".
func (s *Site) IsDisambiguationTitle(title string) bool {
	open := strings.LastIndexAny(title, "(（")
	if open <= 0 {
		return false
	}
	word := strings.Trim(title[open:], "()（） ")
	word = strings.ToLower(word)
	return disambiguations[word] || titleWords[word]
}
