"""Makes golden.json with the reference implementations; run it with seqeval 1.2.2 and numpy installed.

Entity scores come from seqeval itself. SQuAD's and MLQA's official scripts are not packaged: their formulas are
written down here anew, and they rest on Python's own str.lower, str.split, re and unicodedata.
"""
import json, random, re, string, sys, unicodedata, warnings
from collections import Counter
from pathlib import Path

import numpy as np
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

warnings.simplefilter("ignore")


def entity_case(name, gold, pred):
    out = {"name": name, "gold": gold, "pred": pred}
    for mode, kw in (("lenient", {}), ("strict", {"mode": "strict", "scheme": IOB2})):
        if mode == "strict" and any(t[0] not in "BIO" for s in gold + pred for t in s):
            out[mode] = None  # seqeval refuses them
            continue
        try:
            report = classification_report(gold, pred, output_dict=True, zero_division=0, **kw)
        except ValueError:
            report = {}
        if not any(not k.endswith(" avg") for k in report):  # no entities at all: seqeval fails or gives NaN, we give 0
            report = {}
        out[mode] = {
            "precision": precision_score(gold, pred, zero_division=0, **kw) if report else 0,
            "recall": recall_score(gold, pred, zero_division=0, **kw) if report else 0,
            "f1": f1_score(gold, pred, zero_division=0, **kw) if report else 0,
            "macro_f1": f1_score(gold, pred, average="macro", zero_division=0, **kw) if report else 0,
            "per_class": {
                k: {m: float(v[n]) for m, n in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"), ("support", "support"))}
                for k, v in report.items() if not k.endswith(" avg")
            },
        }
    return out


def random_tags(rng, n, classes, prefixes):
    return [rng.choice(prefixes) + "-" + rng.choice(classes) if rng.random() < 0.6 else "O" for _ in range(n)]


def noisy(rng, tags, classes, prefixes, rate):
    return [(random_tags(rng, 1, classes, prefixes)[0] if rng.random() < rate else t) for t in tags]


def entity_cases():
    b = "B-PER I-PER O B-LOC".split()
    cases = [
        entity_case("equal", [b], [b]),
        entity_case("all O predicted", [b], [["O"] * 4]),
        entity_case("all O in gold", [["O"] * 4], [b]),
        entity_case("all O", [["O"] * 4], [["O"] * 4]),
        entity_case("I without B", [["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]]),
        entity_case("class changes inside", [["B-PER", "I-PER"]], [["B-PER", "I-LOC"]]),
        entity_case("adjacent", [["B-PER", "B-PER", "I-PER"]], [["B-PER", "I-PER", "I-PER"]]),
        entity_case("end of sentence", [["O", "B-ORG"], ["I-ORG", "O"]], [["O", "B-ORG"], ["I-ORG", "O"]]),
        entity_case("class with hyphens", [["B-a-b", "I-a-b"]], [["B-a-b", "I-a-c"]]),
        entity_case("class missing from gold", [["B-PER", "O"]], [["B-PER", "B-LOC"]]),
        entity_case("empty sentence", [[], ["B-PER"]], [[], ["B-PER"]]),
        entity_case("IOBES", [["B-X", "I-X", "E-X", "S-X", "O"]], [["B-X", "E-X", "I-X", "S-X", "E-X"]]),
    ]
    rng = random.Random(7)
    for k in range(40):
        prefixes = "BI" if k < 30 else "BIES"
        classes = ["PER", "LOC", "ORG"][: 1 + k % 3]
        gold = [random_tags(rng, rng.randint(1, 12), classes, prefixes) for _ in range(rng.randint(1, 8))]
        pred = [noisy(rng, s, classes, prefixes, 0.1 * (k % 5)) for s in gold]
        cases.append(entity_case(f"random {k}", gold, pred))
    return cases


PUNCT = {chr(i) for i in range(sys.maxunicode) if unicodedata.category(chr(i)).startswith("P")} | set(string.punctuation)
ARTICLES = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",
}


def squad_normal(s):
    s = "".join(c for c in s.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(ARTICLES["en"], " ", s).split())


def mlqa_normal(s, lang):
    s = "".join(c for c in s.lower() if c not in PUNCT)
    if lang in ARTICLES:
        s = re.sub(ARTICLES[lang], " ", s)
    tokens = s.split()
    if lang == "zh":
        tokens, run = [], ""
        for c in s:
            if re.search("[\u4e00-\u9fa5]", c) or c in PUNCT:
                tokens += run.split() + [c]
                run = ""
            else:
                run += c
        tokens += run.split()
    return " ".join(t for t in tokens if t.strip())


def f1(pred, gold):
    p, g = pred.split(), gold.split()
    same = sum((Counter(p) & Counter(g)).values())
    if same == 0:
        return 0.0
    return 2 * (same / len(p)) * (same / len(g)) / (same / len(p) + same / len(g))


QA = [
    ("en", "The  Cat!", ["cat", "a dog"]), ("en", "in 1999, the end", ["1999"]), ("en", "", ["something"]), ("en", "the", ["a"]),
    ("en", "A-team", ["a team", "team"]), ("en", "it's an apple", ["its apple"]), ("en", "theatre", ["atre"]), ("en", "the_end", ["the end"]),
    ("en", "red red blue", ["red blue blue"]), ("en", "\u201cquoted\u201d", ["quoted"]), ("en", "x\u00a0y\u3000z\x1fw", ["x y z w"]),
    ("en", "a\u0301 la carte", ["la carte"]), ("en", "naïve café", ["Naïve CAFÉ", "cafe"]), ("en", "½ the price", ["price"]), ("en", "$5.00", ["500"]),
    ("de", "Der Große Hund", ["ein großer hund", "große hund"]), ("de", "die Straße des 17. Juni", ["straße 17 juni"]), ("de", "STRASSE", ["Straße"]),
    ("es", "¿La casa?", ["casa"]), ("es", "los niños y las niñas", ["niños y niñas"]), ("es", "él", ["el"]), ("es", "«el sol»", ["sol"]),
    ("ar", "الكتاب الجديد", ["كتاب جديد"]), ("ar", "قال، المدينة؟", ["مدينة"]), ("ar", "٢٠٠٥", ["٢٠٠٥ م"]),
    ("vi", "những con mèo của tôi", ["con mèo tôi"]), ("vi", "Là cái gì?", ["gì"]), ("vi", "cái", ["cai"]),
    ("zh", "北京大学。", ["北京大學", "北京"]), ("zh", "约3.5公里", ["3.5公里"]), ("zh", "NBA总冠军", ["nba冠军"]), ("zh", "《红楼梦》", ["红楼梦"]), ("zh", "〇 二", ["二"]),
    ("hi", "वह किताब", ["किताब"]), ("hi", "दिल्ली।", ["दिल्ली"]),
    ("tr", "İstanbul'un IŞIK", ["istanbulun ışık", "i̇stanbulun işik"]), ("el", "ΟΔΟΣ ΣΑΣ", ["οδος σας", "οδοσ"]), ("th", "กรุงเทพ ฯ", ["กรุงเทพ"]),
    ("ru", "в 1812 году", ["1812", "1812 году"]), ("ru", "«Война и мир»", ["война и мир"]), ("ka", "ᲗᲑᲘᲚᲘᲡᲘ", ["თბილისი"]), ("en", "ǅ Ⅷ", ["ǆ ⅷ"]),
]


def qa_cases():
    out = []
    for lang, pred, gold in QA:
        case = {"lang": lang, "pred": pred, "gold": gold}
        for name, norm in (("squad", squad_normal), ("mlqa", lambda s: mlqa_normal(s, lang))):
            p, g = norm(pred), [norm(x) for x in gold]
            case[name] = {"pred": p, "gold": g, "em": float(max(p == x for x in g)), "f1": max(f1(p, x) for x in g)}
        out.append(case)
    return out


def quantile_cases():
    rng = random.Random(3)
    out = []
    for n in (1, 2, 3, 10, 101):
        v = sorted(rng.random() for _ in range(n))
        out.append({"values": v, "low": float(np.percentile(v, 2.5)), "high": float(np.percentile(v, 97.5))})
    return out


Path(__file__).with_name("golden.json").write_text(
    json.dumps({"entities": entity_cases(), "qa": qa_cases(), "quantiles": quantile_cases()}, ensure_ascii=True, indent=None) + "\n")
