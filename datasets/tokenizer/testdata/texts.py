"""The texts of golden.jsonl: own sentences, and what goes wrong easily."""

SENTENCES = [
    "The small boat left the harbour before sunrise, and nobody on the quay waved.",
    "She counted 1,234 steps (twice!) from the mill to the bridge; it was raining.",
    "Der Bäcker öffnet früh um fünf, weil die Straßenbahn dann schon fährt.",
    "Watoto wanacheza mpira karibu na mto, na mama anapika chakula cha jioni.",
    "Le train de nuit s'arrête à peine; l'élève dort près de la fenêtre.",
    "Лодка вернулась в гавань поздно вечером, когда ветер уже стих.",
    "Το μικρό καφενείο κλείνει νωρίς τον χειμώνα.",
    "خرج الصياد إلى البحر قبل الفجر، وعاد عند الظهر.",
    "הילדה קראה ספר ליד החלון עד שירד הערב.",
    "लड़की नदी के किनारे बैठकर चिट्ठी लिख रही थी।",
    "เด็กชายเดินไปตลาดกับคุณยายทุกเช้าวันเสาร์",
    "小船在日出之前离开了港口，码头上没有人挥手。",
    "祖母は毎朝、庭の花に水をやります。",
    "아이들이 강가에서 돌을 던지며 놀고 있었다.",
    "პატარა ნავი გათენებამდე გავიდა ნავსადგურიდან.",
    "Väike paat lahkus sadamast enne päikesetõusu.",
    "Küçük tekne İstanbul'dan ayrıldı; ışıklar sönmüştü.",
    "Chiếc thuyền nhỏ rời bến trước khi mặt trời mọc.",
    "நதிக்கரையில் சிறுவன் பாடிக்கொண்டிருந்தான்.",
    "ကလေးက မြစ်နားမှာ ကစားနေတယ်။",
]

EDGES = [
    "", " ", "   ", "a", " a", "a ", "a  b   c", "\t", "a\r\nb\rc\nd", "\x00", "a\x00b", "\x01\x7f\x85", "a\u00a0b\u3000c",
    "\u200b", "zero\u200bwidth\u200djoiner", "\ufeffmark", "\ufffd", "soft\u00adhyphen", "e\u0301te\u0301", "é\u0301\u0302",
    "\u0301", " \u0301", "a\u0301\u0323b", "n\u0303", "ﬁne ﬂow", "ﬁ\u0301x", "½ cup", "①②③ Ⅷ", "ｆｕｌｌ　ｗｉｄｔｈ", "ﷺ", "㍿", "Å Å",
    "\u1100\u1161\u11a8 \uac00\u11a8", "क्ष \u0958\u0301 क्\u0958\u0301", "👩\u200d👩\u200d👧 🇰🇪🇩🇪🇫 👍🏽", "©\u200d© ®\ufe0f", "\u0600a\u0301 \u06dd1",
    "▁", "a▁b", "▁▁a ▁ b", "<s>", "</s><s>", "a <mask> b", "a<mask>b", "   <mask>   ", "<mask><mask>", "<unk> <pad>", "<mas", "<<mask>>",
    "[MASK]", "a [MASK] [SEP]b", "[mask]", "[UNK][CLS]", "##a ##b", "don't—stop…", "a_b-c/d\\e@f#g", "x" * 130, "ab" * 60, "中文中文",
    "日本語とEnglishの混在", "𠀀𪜶", "\U000e0041\U000e007f", "\U0010ffff", "\ue000", "\u037e\u0387", "\u2028a\u2029b", "İIıi", "ǅ ß ẞ", "\u0345α",
    "boat", "boats", "a boat boatman", "steamboat boat", "new town", "New  Town newtown", "½boat", "boat<mask>½",
]

WORDS = [
    [], [""], ["The", "small", "boat"], ["a b", " c", "d "], ["Bäcker,", "\u00a0", "\u200b", "früh"], ["中文", "boat<mask>", "<mask>"],
    ["x" * 130, "\x00", "e\u0301"],
]

PAIRS = [  # question, context, longest, stride
    ["Who waved?", SENTENCES[0], 24, 6],
    ["Who waved?", SENTENCES[0], 200, 6],
    ["Wann öffnet der Bäcker?", SENTENCES[2] + " " + SENTENCES[3], 40, 10],
    ["什么时候？", SENTENCES[11] * 3, 32, 0],
    ["", SENTENCES[4], 16, 2],
    ["Qui dort ?", "", 16, 2],
]
