"""The wider trade of the demo company: its customers and suppliers of two years, and the range it sells them."""

# ruff: noqa: E501  # tables of records read best with one on a line; names are written as their owners write them
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

__all__ = ["Article", "Place", "Trader", "customers", "range_of_goods", "suppliers"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody trades: city, streets, the postal codes there, and the area's code on the phone."""

    city: str
    streets: tuple[str, ...]
    postal: str
    area: str


@dataclass(frozen=True, slots=True)
class Trader:
    """A customer or supplier with its address and the person one talks to."""

    name: str
    country: str
    city: str
    street: str
    postal_code: str
    phone: str
    email: str
    contact: str
    job_title: str


@dataclass(frozen=True, slots=True)
class Article:
    """A product of the range: `kind` is what it is to the company."""

    code: str
    name: str
    category: str
    kind: str
    """`made` and `resold` are for customers; `part` goes into what is made."""
    price: int
    cost: int
    weight: str
    colour: str | None = None
    size: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """How traders of a country are called, where they are, and who works there; `numbered` writes an address."""

    country: str
    domain: str
    names: tuple[str, ...]
    patterns: tuple[str, ...]
    places: tuple[Place, ...]
    people: tuple[str, ...]
    count: int
    numbered: str = "{street} {number}"


REGIONS = (
    Region("TW", "tw", ("順行", "金輪", "永捷", "山海", "風城", "大甲溪", "綠徑", "飛躍", "晨光", "和興", "東昇", "遠帆", "立安", "富春", "海線", "鐵馬", "信義", "竹風", "嘉南", "港都", "蘭陽", "後山", "雙溪", "玉泉", "明德", "三和", "北極星", "小橋"),
           ("{name}單車行", "{name}自行車有限公司", "{name}車業股份有限公司"),
           (Place("臺北市", ("大安區和平東路二段", "內湖區瑞光路", "士林區中正路"), "106", "02"), Place("新北市", ("板橋區文化路一段", "新店區北新路三段"), "220", "02"),
            Place("桃園市", ("中壢區中山路", "桃園區復興路"), "320", "03"), Place("新竹市", ("東區光復路二段",), "300", "03"),
            Place("臺中市", ("豐原區中正路", "西屯區臺灣大道三段", "大甲區經國路"), "420", "04"), Place("彰化市", ("中山路二段",), "500", "04"),
            Place("臺南市", ("東區東門路三段", "安平區永華路二段"), "701", "06"), Place("高雄市", ("苓雅區四維三路", "左營區博愛二路"), "802", "07"),
            Place("花蓮市", ("中華路",), "970", "03"), Place("臺東市", ("鐵花路",), "950", "089")),
           ("林志明", "陳淑芬", "張雅婷", "黃建宏", "李佳穎", "王俊傑", "吳美玲", "劉家豪", "蔡宜君", "許文彬"), 84, "{street}{number}號"),
    Region("CN", "cn", ("远行", "致远", "骑乐", "东海", "云岭", "白鹭湾", "长风", "青禾"),
           ("{city}{name}自行车有限公司", "{city}{name}运动用品有限公司"),
           (Place("上海", ("闵行区漕宝路", "浦东新区张杨路"), "201100", "021"), Place("苏州", ("工业园区星湖街",), "215021", "0512"),
            Place("杭州", ("西湖区文三路",), "310012", "0571"), Place("成都", ("武侯区人民南路",), "610041", "028"),
            Place("深圳", ("南山区科苑路",), "518057", "0755"), Place("厦门", ("思明区湖滨南路",), "361004", "0592")),
           ("周敏", "赵磊", "孙丽华", "钱伟", "郑晓东", "冯静", "邓超群"), 34, "{street}{number}号"),
    Region("JP", "jp", ("サイクル", "輪業", "ベロ", "ペダル", "自転車"),
           ("{city}{name}商会", "株式会社{city}{name}", "{name}ショップ{city}"),
           (Place("東京", ("世田谷区用賀",), "158-0097", "03"), Place("大阪", ("北区天満",), "530-0043", "06"), Place("京都", ("左京区田中",), "606-8225", "075"),
            Place("名古屋", ("中区大須",), "460-0011", "052"), Place("福岡", ("博多区住吉",), "812-0018", "092"), Place("札幌", ("中央区南一条",), "060-0061", "011"),
            Place("今治", ("常盤町",), "794-0015", "0898"), Place("金沢", ("片町",), "920-0981", "076")),
           ("佐藤健", "鈴木彩", "高橋誠", "伊藤由美", "渡辺翔", "小林恵", "加藤大輔"), 30, "{street}{number}"),
    Region("DE", "de", ("Brinkmann", "Hoffmann", "Lehnert", "Schade", "Wieland", "Kessler", "Thoma", "Ahlers"),
           ("Zweirad {name} GmbH", "Fahrradhaus {name}", "{name} & Sohn Radsport KG"),
           (Place("Köln", ("Venloer Straße", "Aachener Straße"), "50823", "0221"), Place("München", ("Lindwurmstraße",), "80337", "089"),
            Place("Leipzig", ("Karl-Liebknecht-Straße",), "04107", "0341"), Place("Münster", ("Hammer Straße",), "48153", "0251"), Place("Freiburg", ("Habsburgerstraße",), "79104", "0761")),
           ("Katrin Schulz", "Markus Lang", "Heike Baumann", "Tobias Frank", "Sabine Otto"), 24),
    Region("FR", "fr", ("Lefèvre", "Garnier", "Chevalier", "Marchand", "Roussel", "Barbier"),
           ("Cycles {name}", "{name} Vélos SARL", "Atelier {name}"),
           (Place("Nantes", ("Quai de la Fosse",), "44000", "02"), Place("Strasbourg", ("Grand'Rue",), "67000", "03"), Place("Annecy", ("Avenue de Genève",), "74000", "04"), Place("Bordeaux", ("Cours Victor Hugo",), "33000", "05")),
           ("Julien Bernard", "Sophie Girard", "Luc Fontaine", "Camille Perrin"), 18),
    Region("NL", "nl", ("de Boer", "Visser", "van Dijk", "Smit", "Mulder", "Bakker", "Dekker", "Hoekstra", "Vermeer"),
           ("{name} Tweewielers BV", "Rijwielhandel {name}"),
           (Place("Utrecht", ("Biltstraat",), "3572 BC", "030"), Place("Groningen", ("Oosterstraat",), "9711 NV", "050"), Place("Eindhoven", ("Kruisstraat",), "5612 CJ", "040")),
           ("Femke Jacobs", "Bram Willems", "Lotte Kuiper", "Daan Meijer"), 18),
    Region("GB", "co.uk", ("Ashworth", "Pemberton", "Hardcastle", "Lockwood", "Tregenza", "Oakeshott"),
           ("{name} Cycles Ltd", "{name} & Daughters", "The {name} Bike Company"),
           (Place("Manchester", ("Oldham Street",), "M4 1LE", "0161"), Place("Edinburgh", ("Leith Walk",), "EH6 5BL", "0131"), Place("Cardiff", ("Wellfield Road",), "CF24 3PB", "029"), Place("Norwich", ("Magdalen Street",), "NR3 1AA", "01603")),
           ("Emily Carter", "Tom Whitaker", "Rhys Evans", "Fiona Mackay"), 18, "{number} {street}"),
    Region("IT", "it", ("Bellini", "Ferrante", "Moretti", "Galli", "Rinaldi", "Marchetti", "Vitale"),
           ("Cicli {name}", "{name} Biciclette srl"),
           (Place("Bologna", ("Via Saragozza",), "40123", "051"), Place("Torino", ("Corso Francia",), "10138", "011"), Place("Verona", ("Via Mameli",), "37126", "045")),
           ("Giulia Conti", "Matteo Greco", "Chiara Serra"), 14),
    Region("ES", "es", ("Ibarra", "Montoya", "Vidal", "Carrasco", "Arroyo", "Salinas"),
           ("Bicicletas {name} SL", "Ciclos {name}"),
           (Place("Girona", ("Carrer de la Barca",), "17004", "972"), Place("Bilbao", ("Calle Ercilla",), "48009", "944"), Place("Valencia", ("Calle Colón",), "46004", "963")),
           ("Marta Ruano", "Iker Etxeberria", "Nuria Pons"), 12),
    Region("DK", "dk", ("Holm", "Kjær", "Lauritsen", "Bech", "Toft", "Nygaard"),
           ("{name} Cykler ApS", "Cykelsmeden {name}"),
           (Place("København", ("Nørrebrogade",), "2200", "35"), Place("Aarhus", ("Vestergade",), "8000", "86"), Place("Odense", ("Kongensgade",), "5000", "66")),
           ("Mette Friis", "Rasmus Dahl", "Signe Kragh"), 12),
    Region("US", "us", ("Juniper", "Granite", "Prairie", "Lakeshore", "Saguaro", "Ridgeline", "Copper Creek", "Harbor"),
           ("{name} Cyclery LLC", "{name} Bike & Board"),
           (Place("Boulder", ("Pearl Street",), "80302", "303"), Place("Minneapolis", ("Midtown Greenway",), "55407", "612"), Place("Tucson", ("N 4th Ave",), "85705", "520"), Place("Burlington", ("Church Street",), "05401", "802")),
           ("Megan Olsen", "Chris Delgado", "Hannah Price", "Jordan Blake"), 16, "{number} {street}"),
    Region("AU", "com.au", ("Banksia", "Wattle", "Coolabah", "Kookaburra"),
           ("{name} Cycles Pty Ltd", "{name} Bike Traders"),
           (Place("Melbourne", ("Sydney Road",), "3056", "03"), Place("Adelaide", ("Rundle Street",), "5000", "08")),
           ("Lachlan Reid", "Olivia Grant"), 8, "{number} {street}"),
)
TITLES = ("Owner", "Buyer", "Head of purchase", "Shop manager")

SUPPLIERS = (
    ("Hsinchu Frame Works", "TW", "新竹縣湖口鄉", "工業一路 8 號", "303", "03 598 0116", "sales@hfw.example", "彭國棟", "Sales"),
    ("宏遠鋁業股份有限公司", "TW", "彰化縣伸港鄉", "全興工業區七路 21 號", "509", "04 798 2203", "order@hungyuan.example", "謝明哲", "Sales"),
    ("大肚溪輪組有限公司", "TW", "臺中市大肚區", "沙田路二段 310 號", "432", "04 2699 1180", "sales@dadu-wheel.example", "廖怡萱", "Sales"),
    ("Kansai Drive Parts KK", "JP", "堺市", "堺区老松町 3-77", "590-0824", "072 555 0134", "export@kansaidrive.example", "山本浩", "Export"),
    ("江南橡胶制品有限公司", "CN", "无锡", "新吴区长江路 88 号", "214028", "0510 5550 0122", "export@jnrubber.example", "顾建国", "Export"),
    ("三義皮件有限公司", "TW", "苗栗縣三義鄉", "水美街 60 號", "367", "037 87 2215", "sales@sanyi-saddle.example", "羅玉珍", "Owner"),
    ("Bremswerk Schwaben GmbH", "DE", "Reutlingen", "Gartenstraße 91", "72764", "07121 555 014", "vertrieb@bremswerk.example", "Jörg Maier", "Sales"),
    ("昆山灯具科技有限公司", "CN", "昆山", "玉山镇元丰路 12 号", "215316", "0512 5550 0188", "sales@kslights.example", "陆燕", "Sales"),
    ("Officina Caschi srl", "IT", "Vicenza", "Via dell'Industria 14", "36100", "0444 555 019", "ordini@caschi.example", "Paolo Zanin", "Sales"),
    ("亞太袋包股份有限公司", "TW", "臺南市永康區", "中正北路 488 號", "710", "06 253 7712", "sales@apbags.example", "郭素貞", "Sales"),
    ("中部快遞物流有限公司", "TW", "臺中市梧棲區", "臺灣大道十段 2 號", "435", "04 2656 0099", "service@cexpress.example", "何志偉", "Dispatch"),
    ("明光電力服務行", "TW", "臺中市大里區", "工業路 15 號", "412", "04 2492 3301", "office@mgpower.example", "江美雲", "Office"),
)

SERIES = (
    # number, name, category, price, cost of the frame, what its drivetrain costs more, weight, colours
    (1010, "Harbour 3", "City", 24_800, 3_400, 0, "14.9", "navy"), (1020, "Harbour 7", "City", 31_900, 3_900, 1_900, "14.4", "sage"),
    (1030, "Mistral 5 road", "Road", 52_600, 7_200, 6_400, "9.4", "white"), (1040, "Mistral 9 road", "Road", 98_500, 15_800, 17_500, "7.9", "graphite"),
    (1050, "Borealis trekking", "Trekking", 46_200, 5_600, 5_100, "15.2", "forest"), (1060, "Borealis E trekking", "Trekking", 92_400, 9_800, 24_600, "23.1", "forest"),
    (1070, "Taroko cross-country", "Mountain", 58_900, 8_100, 8_300, "11.8", "ochre"), (1080, "Taroko full suspension", "Mountain", 104_000, 19_500, 18_200, "13.6", "ochre"),
    (1090, "Pescadores gravel", "Gravel", 61_500, 8_800, 8_900, "9.8", "sea green"), (1100, "Alishan touring", "Trekking", 54_300, 6_900, 6_700, "13.5", "tea"),
    (1110, "Lantern 20, first bike", "Kids", 19_800, 1_900, -700, "7.1", "lemon"), (1120, "Penghu folding", "City", 33_700, 5_200, 1_600, "11.9", "sky"),
)
SIZES = ("S", "M", "L")
PARTS = (
    # number, name, category, cost, weight, how many go into a bicycle
    (3010, "Wheel set, alloy", "Wheels", 2_900, "1.9", 1), (3020, "Tyre 28 in, puncture guard", "Wheels", 340, "0.7", 2), (3030, "Inner tube 28 in", "Wheels", 70, "0.15", 2),
    (3040, "Rim tape", "Wheels", 18, "0.02", 2), (3110, "Brake set, hydraulic", "Brakes", 1_650, "0.6", 1), (3120, "Brake rotor 160 mm", "Brakes", 210, "0.12", 2),
    (3210, "Crank set", "Drivetrain", 1_450, "0.8", 1), (3220, "Rear derailleur", "Drivetrain", 1_120, "0.3", 1), (3230, "Cassette 11-34", "Drivetrain", 680, "0.35", 1),
    (3240, "Chain, 114 links", "Drivetrain", 240, "0.26", 1), (3250, "Shift lever", "Drivetrain", 560, "0.2", 1), (3310, "Handlebar, alloy", "Cockpit", 420, "0.3", 1),
    (3320, "Stem 90 mm", "Cockpit", 290, "0.14", 1), (3330, "Grips, pair", "Cockpit", 110, "0.1", 1), (3340, "Headset", "Cockpit", 310, "0.12", 1),
    (3410, "Saddle, sport", "Saddles", 480, "0.28", 1), (3420, "Seat post 27.2 mm", "Saddles", 260, "0.25", 1), (3430, "Seat clamp", "Saddles", 60, "0.03", 1),
    (3510, "Pedals, pair", "Drivetrain", 230, "0.35", 1), (3610, "Cable set", "Brakes", 95, "0.1", 1),
)
GOODS = (
    # number, name, category, price, cost, weight, colours or sizes
    (4010, "Helmet Kite", "Helmets", 2_480, 1_150, "0.28", ("black", "white", "coral")), (4020, "Helmet Kite, kids", "Helmets", 1_680, 760, "0.24", ("lemon", "sky")),
    (4030, "Helmet Strait, road", "Helmets", 4_900, 2_350, "0.23", ("black", "white")), (4040, "Front light 60 lux", "Lights", 1_380, 590, "0.12", ("black", "silver")),
    (4050, "Rear light, brake signal", "Lights", 890, 370, "0.06", ("black",)), (4060, "Light set, rechargeable", "Lights", 1_650, 720, "0.16", ("black",)),
    (4070, "Folding lock, level 12", "Locks", 2_290, 1_040, "1.2", ("black", "lime")), (4080, "Chain lock 90 cm", "Locks", 1_190, 520, "1.6", ("black",)),
    (4090, "Pannier 20 l, pair", "Bags", 3_480, 1_620, "1.7", ("black", "ochre", "navy")), (4100, "Handlebar bag 7 l", "Bags", 1_590, 700, "0.5", ("black", "moss")),
    (4110, "Saddle bag", "Bags", 690, 280, "0.12", ("black",)), (4120, "Frame bag, half", "Bags", 1_280, 560, "0.2", ("black", "moss")),
    (4130, "Child seat, rear", "Seats", 4_280, 2_050, "3.4", ("grey", "mint")), (4140, "Child seat, front", "Seats", 3_390, 1_600, "2.3", ("grey",)),
    (4150, "Rear rack, 27 kg", "Racks", 1_450, 630, "0.7", ("black", "silver")), (4160, "Front rack, low rider", "Racks", 1_690, 760, "0.8", ("black",)),
    (4170, "Mudguard set 28 in", "Racks", 1_090, 450, "0.6", ("black", "silver")), (4180, "Kickstand", "Racks", 420, 160, "0.4", ("black",)),
    (4190, "Floor pump", "Tools", 1_380, 590, "1.4", ("red", "black")), (4200, "Mini pump", "Tools", 690, 280, "0.13", ("black",)),
    (4210, "Multi-tool, 17 functions", "Tools", 890, 360, "0.18", ("black",)), (4220, "Repair kit", "Tools", 190, 70, "0.05", (None,)),
    (4230, "Bottle 750 ml", "Bottles", 290, 95, "0.08", ("clear", "black", "coral")), (4240, "Bottle cage", "Bottles", 390, 150, "0.05", ("black", "white")),
    (4250, "Bell, brass", "Bells", 450, 180, "0.09", ("brass", "black")), (4260, "Gloves, summer", "Clothing", 890, 370, "0.06", ("S", "M", "L")),
    (4270, "Rain cape", "Clothing", 1_980, 880, "0.4", ("M", "L")), (4280, "High-visibility vest", "Clothing", 490, 180, "0.1", ("M", "L")),
)


def customers() -> Iterator[Trader]:
    """Give the customers of two years, each with a name of its own."""
    for region in REGIONS:
        for number in range(region.count):
            place = region.places[number % len(region.places)]
            pattern = region.patterns[number // len(region.names) % len(region.patterns)]
            street = place.streets[number % len(place.streets)]
            yield Trader(
                pattern.format(name=region.names[number % len(region.names)], city=place.city), region.country,
                place.city, region.numbered.format(street=street, number=3 + number * 17 % 240), place.postal,
                f"{place.area} {5550 + number:04} {number * 37 % 100:02}",
                f"shop{number + 1:02}@{region.domain}.example", region.people[number % len(region.people)],
                TITLES[number % len(TITLES)])


def suppliers() -> Iterator[Trader]:
    """Give the suppliers of frames, parts, goods and services."""
    for row in SUPPLIERS:
        yield Trader(*row)


def range_of_goods() -> Iterator[Article]:
    """Give the bicycles made, the frames and parts they are made of, and the goods that are sold on."""
    for (number, name, category, price, frame, more, weight, colour), (at, size) in product(SERIES, enumerate(SIZES)):
        cost = frame + more + sum(cost * count for _number, _name, _category, cost, _weight, count in PARTS)
        yield Article(f"FC-{number}-{size}", f"{name}, {size}", category, "made", price, cost + 900, weight, colour, size)
        if at == 0:
            yield Article(f"FC-{number + 1000}", f"Frame set, {name}", "Frame sets", "part", 0, frame + more, "2.6", colour)
    for number, name, category, cost, weight, _count in PARTS:
        yield Article(f"FC-{number}", name, category, "part", 0, cost, weight)
    for number, name, category, price, cost, weight, kinds in GOODS:
        for at, kind in enumerate(kinds):
            title = f"{name}, {kind}" if kind else name
            yield Article(f"FC-{number + at}", title, category, "resold", price, cost, weight, kind)
