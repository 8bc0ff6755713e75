package wikitext

// The names below are data of the wikis themselves (their configuration), lower- or upper-case as it comes, with "_"
// for a space. A name that one wiki uses for files is taken so on every wiki: no wiki has articles named like that.

const fileNames = `File Image Datei Bild Fichier Archivo Imagen Ficheiro Arquivo Imagem Immagine Bestand Afbeelding Plik Grafika Файл
 Изображение Зображення Выява Файл Картинка Слика Датотека Датотека Fajl Datoteka Slika Súbor Obrázok Soubor Fil Billede Fil Tiedosto
 Kuva Mynd Fil Pilt Attēls Vaizdas Fitxer Imatge Ficheru Fichèr Imachen Fitxategi Irudi Fișier Fişier Imagine Fájl Kép Dosya Resim Fayl Şəkil
 Tasvir Fayl Εικόνα Αρχείο קובץ תמונה ملف صورة پرونده تصویر عکس وێنە پەڕگە دوتنه فائل انځور فایل ചിത്രം പ്രമാണം படிமம் చిత్రం దస్త్రం ಚಿತ್ರ ಫೈಲು
 चित्र फ़ाइल चित्र संचिका চিত্র ফাইল ચિત્ર ਤਸਵੀਰ ਫ਼ਾਈਲ ଫାଇଲ ଚିତ୍ର গোনেং রূপ ගොනුව රූපය ไฟล์ ภาพ ຮູບ ဖိုင် រូបភាព ឯកសារ ファイル 画像 파일 그림 檔案 圖像 图像 文件
 图片 圖片 Tập_tin Hình Berkas Gambar Fail Imej Talaksan Larawan Picha Faili Lêer Beeld Bestân Ofbyld Delwedde Íomhá Comhad Ìomhaigh Faidhle Restr
 Dosiero Fasciculus Imago Skedë Figura Պատկեր სურათი ფაილი Сурет Сүрөт Файл Акс Файл Dosye Rakit Rakinda Talas Wobraz Dataja Obrôzk Plaetje
 Plaatje Immaġni Stampa Fotografi Payl Rikcha Ta'ãnga Gembar Gambar Berkas Papeles Bilde Fil Pilt Resim Fiche Restr Skeudenn Fila
 Sary Rakitra Aworan Fáìlì Wêne Wene Pel Pelk Dossiè Archìvi Immàggini Fiùra Plaetje Biild Bildstock Bielde Vrye Şekil Рәсем Файл ھۆججەت Rasim
 Зураг Файл གཟུགས་བརྙན ཡིག་ཆ Sawir Fayl Hoto Faile Ihe Imagem Obraz Fisier Arkivo Imahen Dossier Файлăн Ӱкерчĕк Ҿыыа Билэ Файыл Нерев Суурæг Файл
 Kálhta Govus Fiila Vielkie Ritrati Billede Имагине Имаџ`

const categoryNames = `Category Kategorie Catégorie Categoría Categoria Categorìa Categoría Categorie Kategoria Категория Категорія Катэгорыя
 Категорија Kategorija Kategória Kategori Luokka Flokkur Bólkur Kategooria Kategorija Catigurìa Categoría Categoría Catègoria Kategoria Categorie
 Kategória Kategori Kateqoriya Turkum Kategoriýa Κατηγορία קטגוריה تصنيف رده پۆل وېشنيزه زمرہ വർഗ്ഗം பகுப்பு వర్గం ವರ್ಗ श्रेणी वर्ग বিষয়শ্রেণী শ্রেণী શ્રેણી ਸ਼੍ਰੇਣੀ
 ଶ୍ରେଣୀ ප්` + "\u200d" + `රවර්ගය หมวดหมู่ ໝວດ ကဏ္ဍ ចំណាត់ថ្នាក់ក្រុម カテゴリ 분류 分類 分类 Thể_loại Kategori Kategorya Kaurian Jamii Kategorie Catagóir Roinn-seòrsa Categori
 Rummad Kategorio Kategorio Kategori Կատեգորիա კატეგორია Санат Категория Категорія Төркем Төркөм Гурӯҳ Категори Kategori Bikategorî Kategoriya Kawan
 Ñemohenda Kategoriya Sokajy Ẹ̀ka Òtú Qeyb Rukuni Категори Kategorija Kategorėjė Kategorie Kategorje Kategorìa Categurìa Catigoria Kategoriija
 Saachgrupp Kategory Категория Ангилал Categorîa Klass Kategoriija Klassa Catégorîe Category Кәтигури Категорийă Катагорие Бөлек Turkumi تۈر
 Kategooria Toʻifa Kategóriya Категорі Тӧркем Гидреулуг Категориесь Категори Категореһ ܣܕܪܐ Flocc Sokajin' Lớp Luokk Kategoreje Katiguriya Luokku Categorio`

const sisterPrefixes = `wikt wiktionary wikisource s wikinews n wikibooks b wikiquote q wikiversity v wikivoyage voy wikispecies species
 commons c meta m wikidata d mw mediawikiwiki wmf foundation w wikipedia oldwikisource phab bugzilla mediazilla doi rfc imdbtitle
 incubator outreach`

// languageCodes are the prefixes of the Wikipedias, closed ones and old aliases included.
const languageCodes = `aa ab ace ady af ak als alt am ami an ang ann anp ar arc ary arz as ast atj av avk awa ay az azb ba ban bar bat-smg
 bbc bcl bdr be be-tarask be-x-old bew bg bh bi bjn blk bm bn bo bpy br bs btm bug bxr ca cbk-zam cdo ce ceb ch cho chr chy ckb co cr crh
 cs csb cu cv cy da dag de dga din diq dsb dtp dty dv dz ee el eml en eo es et eu ext fa fat ff fi fiu-vro fj fo fon fr frp frr fur fy ga gag
 gan gcr gd gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw hz ia iba id ie ig igl ii ik ilo inh io
 is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg kge ki kj kk kl km kn knc ko koi kr krc ks ksh ku kus kv kw ky la lad lb lbe lez lfn lg li lij
 lld lmo ln lo lrc lt ltg lv lzh mad mai map-bms mdf mg mh mhr mi min mk ml mn mni mnw mo mos mr mrj ms mt mus mwl my myv mzn na nah nan nap nds
 nds-nl ne new ng nia nl nn no nb nov nqo nr nrm nso nup nv ny oc olo om or os pa pag pam pap pcd pcm pdc pfl pi pih pl pms pnb pnt ps pt pwn
 qu rm rmy rn ro roa-rup roa-tara rsk ru rue rup rw sa sah sat sc scn sco sd se sg sgs sh shi shn shy si simple sk skr sl sm smn sn so sq sr
 srn ss st stq su sv sw syl szl szy ta tay tcy tdd te tet tg th ti tig tk tl tly tn to tpi tr trv ts tt tum tw ty tyv udm ug uk ur uz ve vec vep
 vi vls vo vro wa war wo wuu xal xh xmf yi yo yue za zea zgh zh zh-classical zh-min-nan zh-yue zu zh-cn zh-tw cmn cz dk jp epo`
