"""The words the artist knows, in English and Chinese, and how it reads a prompt with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# kind -> meaning -> words; "_" joins the two words of a phrase.
_WORDS: dict[str, dict[str, str]] = {
    "subject": {
        "cat": "cat kitten kitty feline tabby 猫 小猫 猫咪 橘猫 喵",
        "dog": "dog puppy pup hound corgi retriever 狗 小狗 犬",
        "fox": "fox 狐狸",
        "rabbit": "rabbit bunny hare 兔 兔子 小兔",
        "bear": "bear teddy cub 熊 小熊",
        "panda": "panda 熊猫 大熊猫",
        "tiger": "tiger 虎 老虎",
        "lion": "lion lioness 狮子",
        "mouse": "mouse hamster mice 老鼠 仓鼠",
        "bird": "bird sparrow robin swallow parrot finch crane duck 鸟 小鸟 燕子 鹤",
        "fish": "fish goldfish koi carp 鱼 金鱼 锦鲤",
        "whale": "whale dolphin orca 鲸 鲸鱼 海豚",
        "house": "house cottage cabin home hut farmhouse villa barn 房子 房屋 小屋 木屋 屋 家",
        "pagoda": "pagoda temple shrine pavilion 塔 寺 亭 宝塔",
        "tower": "tower canton_tower skyscraper 广州塔 小蛮腰 高楼",
        "boat": "boat sailboat ship yacht sail 船 帆船 小船",
        "paperboat": "paper_boat paper_ship 纸船",
        "mug": "mug cup coffee tea latte espresso teacup 杯 杯子 咖啡 茶 马克杯",
        "fruit": "fruit apple pear peach lemon oranges cherry plum tomato 水果 苹果 梨 桃 橙子 柠檬",
        "vase": "vase bouquet pot peonies tulips roses 花瓶 花束",
        "book": "book novel notebook 书 书本",
        "lantern": "lantern lamp candle 灯笼 灯 蜡烛",
        "person": "person portrait woman man girl boy face child lady people selfie model"
        " 人 人像 肖像 女孩 男孩 女人 男人 少女 美女",
        "couplet": "couplet calligraphy spring_couplet 对联 春联 书法",
        "sign": "sign bookshop bookstore shop store storefront signboard lettering cafe poster 招牌 书店 店 海报",
        "planet": "planet saturn mars jupiter earth 行星 星球 地球",
        "rocket": "rocket spaceship spacecraft 火箭 飞船",
        "tree": "tree oak willow 树 大树",
        "flower": "flower rose lily tulip sunflower lotus daisy 花 花朵 玫瑰 荷花",
        "balloon": "balloon air_balloon 气球 热气球",
        "car": "car truck van taxi automobile bus 汽车 车",
        "robot": "robot android 机器人",
    },
    "setting": {
        "garden": "garden yard lawn park backyard orchard 花园 园 公园 庭院",
        "forest": "forest woods woodland jungle pine 森林 树林 竹林",
        "mountain": "mountain mountains peak alps summit cliff valley 山 山脉 高山 峰",
        "hills": "hill hills meadow field landscape countryside grassland prairie nature 草原 田野 风景 草地 乡村",
        "lake": "lake pond river water stream reflection 湖 池塘 河 池 江 水",
        "sea": "sea ocean coast beach shore wave island harbor harbour bay lighthouse 海 大海 海边 海滩 海洋 沙滩",
        "city": "city skyline town street urban downtown guangzhou shanghai tokyo building buildings night_market"
        " 城市 街 街道 都市 城 广州 上海 北京",
        "room": "room table kitchen desk interior indoor still_life shelf window study 房间 桌子 桌 室内 厨房 静物",
        "hall": "hall palace chinese_hall courtyard 厅 厅堂 大厅 宫殿",
        "space": "space galaxy cosmos universe nebula astronaut stars orbit 太空 宇宙 星空 银河",
        "desert": "desert dune dunes sand sahara canyon 沙漠 沙丘",
        "ledge": "ledge wall balcony terrace parapet 窗台 石台 阳台",
        "sky": "sky cloud clouds 天空 云 云海",
    },
    "time": {
        "day": "sunny sunshine sun noon daylight daytime bright morning day 晴天 阳光 晴 白天 早晨",
        "dawn": "sunrise dawn daybreak golden_hour 日出 黎明 清晨 朝阳",
        "sunset": "sunset dusk evening twilight 日落 黄昏 夕阳 傍晚 晚霞",
        "night": "night midnight moon moonlight moonlit nighttime starry neon 夜 夜晚 晚上 月 月亮 夜景 星夜",
    },
    "season": {
        "spring": "spring blossom blossoms sakura april 春 春天 樱花 春日",
        "summer": "summer july tropical 夏 夏天",
        "autumn": "autumn fall maple october harvest 秋 秋天 枫叶",
        "winter": "winter snow snowy christmas january ice frozen frost 冬 冬天 雪 下雪 雪夜 雪景 圣诞",
    },
    "weather": {
        "snow": "snow snowy snowing snowfall blizzard 雪 下雪 雪夜 雪景",
        "rain": "rain rainy raining storm drizzle 雨 下雨 雨天",
        "fog": "fog foggy mist misty haze 雾 烟雨",
        "cloudy": "cloudy overcast 阴天 多云",
    },
    "style": {
        "oil": "oil_painting oil painterly impressionist impressionism gogh monet van_gogh 油画 印象派",
        "watercolour": "watercolor watercolour aquarelle 水彩",
        "ink": "ink ink_wash sumi 水墨 国画",
        "sketch": "sketch pencil drawing charcoal line_art doodle engraving 素描 线稿 铅笔",
        "pixel": "pixel pixelated voxel 8-bit 像素",
        "cutout": "paper_cut papercut cutout collage origami 剪纸",
        "flat": "flat vector minimal minimalist poster_style cartoon anime 扁平 插画 卡通 动漫",
        "mono": "monochrome grayscale greyscale noir black_white 黑白",
        "vintage": "vintage retro sepia nostalgic 复古",
    },
    "extra": {
        "scarf": "scarf 围巾",
        "hat": "hat cap beanie 帽子",
        "bow": "bow ribbon tie 蝴蝶结",
        "flowers": "flowers petals bloom blooming blooms 花丛",
        "frame": "frame border 边框",
    },
    "view": {"aerial": "aerial drone birdseye overhead bird's_eye top_view 航拍 俯瞰 鸟瞰"},
    "action": {
        "cutout": "remove_background transparent isolate no_background background_removal 去背景 抠图 透明 去除背景",
        "recolour": "recolor recolour colorize colour_it tint paint_it change_color 换色 上色",
    },
    "count": {"2": "two pair couple both 两 两只 双 一对", "3": "three several trio group 三 三只 几只"},
    "colour": {
        "#e8923c": "orange ginger amber 橙 橙色 橘 橘色",
        "#cf3b38": "red scarlet crimson 红 红色",
        "#3f78c2": "blue azure cobalt 蓝 蓝色",
        "#5aa25a": "green emerald 绿 绿色",
        "#f0c544": "yellow 黄 黄色",
        "#8a5cb5": "purple violet lavender 紫 紫色",
        "#ee9fb8": "pink rose-pink 粉 粉色 粉红",
        "#f6f2ea": "white ivory 白 白色",
        "#343640": "black 黑 黑色",
        "#9a9ea6": "gray grey silver 灰 灰色 银",
        "#96694a": "brown chestnut 棕 棕色 褐",
        "#8fd3b6": "mint mint_green mint-green 薄荷 薄荷绿",
        "#3fa7a3": "teal turquoise cyan 青 青色",
        "#d9a93f": "gold golden 金 金色",
        "#ecdcc0": "beige cream 米色",
        "#27406f": "navy indigo 靛 藏青",
        "#f08a72": "coral salmon 珊瑚",
    },
}


def _index() -> dict[str, tuple[tuple[str, str], ...]]:
    index: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, meanings in _WORDS.items():
        for meaning, words in meanings.items():
            for word in words.split():
                index[word] = (*index.get(word, ()), (kind, meaning))
    return index


_INDEX = _index()
_TOKEN = re.compile(r"[a-z0-9]+(?:['\-][a-z0-9]+)*|[一-鿿]+")
_LONGEST = 4
_REACH = 2  # so many unknown words may stand between a colour and its noun


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a prompt asks for, in the artist's own words only."""

    subjects: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    time: str | None = None
    season: str | None = None
    weather: str | None = None
    style: str | None = None
    extras: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    aerial: bool = False
    count: int = 1
    colours: Mapping[str, str] = field(default_factory=dict)
    colour: str | None = None
    chinese: bool = False

    @property
    def subject(self) -> str | None:
        return self.subjects[0] if self.subjects else None

    @property
    def known(self) -> bool:
        """Whether any word was understood."""
        return bool(self.subjects or self.settings or self.time or self.season or self.weather or self.extras)


def _chinese(run: str) -> Iterator[str]:
    at = 0
    while at < len(run):
        size = next((n for n in range(_LONGEST, 0, -1) if run[at : at + n] in _INDEX), 1)
        yield run[at : at + size]
        at += size


def _singular(word: str) -> str:
    if word in _INDEX:
        return word
    endings = (("ies", "y"), ("es", ""), ("s", ""))
    tries = (word[: -len(end)] + new for end, new in endings if word.endswith(end))
    return next((one for one in tries if one in _INDEX), word)


def _tokens(prompt: str) -> Iterator[str]:
    words = _TOKEN.findall(prompt.lower())
    at = 0
    while at < len(words):
        word = words[at]
        if word[0] >= "一":
            yield from _chinese(word)
        elif at + 1 < len(words) and f"{word}_{words[at + 1]}" in _INDEX:
            yield f"{word}_{words[at + 1]}"
            at += 1
        elif word in _INDEX or "-" not in word:
            yield _singular(word)
        else:
            yield from map(_singular, word.split("-"))
        at += 1


def read(prompt: str) -> Reading:
    """The prompt's known words, colours bound to the noun that follows them."""
    found: dict[str, list[str]] = {kind: [] for kind in _WORDS}
    bound: dict[str, str] = {}
    loose: list[str] = []
    pending, age = None, 0
    for token in _tokens(prompt[:20_000]):
        senses = _INDEX.get(token, ())
        age += 1
        for kind, meaning in senses:
            if meaning not in found[kind]:
                found[kind].append(meaning)
            if kind == "colour":
                loose += [pending] if pending and age > 1 else []
                pending, age = meaning, 0
            elif pending and kind in ("subject", "setting", "extra"):
                bound.setdefault(meaning, pending)
        if pending and age and (age > _REACH or any(kind in ("subject", "setting", "extra") for kind, _ in senses)):
            loose += [] if pending in bound.values() else [pending]
            pending = None
    loose += [pending] if pending else []
    if "#e8923c" in loose and not found["subject"] and re.search(r"\ban orange\b", prompt.lower()):
        found["subject"].append("fruit")
    return _reading(found, bound, loose, prompt)


def _reading(found: dict[str, list[str]], bound: dict[str, str], loose: list[str], prompt: str) -> Reading:
    def first(kind: str) -> str | None:
        return found[kind][0] if found[kind] else None

    # "sunny day" is the weaker word beside a sunset or a night.
    times = [time for time in found["time"] if time != "day"] or found["time"]
    return Reading(
        subjects=tuple(found["subject"]),
        settings=tuple(found["setting"]),
        time=times[0] if times else None,
        season=first("season"),
        weather=first("weather"),
        style=first("style"),
        extras=tuple(found["extra"]),
        actions=tuple(found["action"]),
        aerial=bool(found["view"]),
        count=int(first("count") or 1),
        colours=bound,
        colour=loose[0] if loose else None,
        chinese=bool(re.search("[一-鿿]", prompt)),
    )
