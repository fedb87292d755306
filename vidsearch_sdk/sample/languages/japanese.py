"""The sample world in Japanese: no spaces, the subject comes last, and what lives has a verb of its own."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

JAPANESE = Language(
    code="ja",
    name="Japanese",
    agreement="animacy",
    subject_last=True,
    time_links=("の",),
    place_links=("にいる|にある", "の"),
    space="",
    comma="、",
    joined=("{}と{}",),
    joined_bare=("{}と{}", "{} {}"),
    objects=nouns(
        """
        dog = 犬, 子犬, いぬ, イヌ
        cat = 猫, 子猫, ねこ, ネコ
        horse = 馬, ポニー, うま
        cow = 牛, ウシ
        pig = 豚, 子豚, ブタ
        sheep = 羊, 子羊, ヒツジ
        elephant = 象, ゾウ
        tiger = 虎, トラ
        giraffe = キリン
        zebra = シマウマ
        monkey = 猿, サル
        kangaroo = カンガルー
        camel = ラクダ
        rabbit = ウサギ, うさぎ, 野うさぎ
        hedgehog = ハリネズミ
        turtle = 亀, カメ
        snake = 蛇, ヘビ
        crocodile = ワニ
        penguin = ペンギン
        owl = フクロウ
        duck = アヒル, 鴨
        rooster = 雄鶏, ニワトリ, 鶏
        flamingo = フラミンゴ
        parrot = オウム, インコ
        dolphin = イルカ
        whale = 鯨, クジラ
        octopus = タコ
        crab = カニ, 蟹
        butterfly = 蝶, チョウ, 蝶々
        snail = カタツムリ
        dinosaur = 恐竜
        dragon = 竜, ドラゴン, 龍
        unicorn = ユニコーン, 一角獣
        bear = 熊, クマ
        panda = パンダ
        koala = コアラ
        fox = 狐, キツネ
        frog = 蛙, カエル
        lion = ライオン
        car = 車, 自動車
        bus = バス
        fire engine = 消防車
        ambulance = 救急車
        tractor = トラクター
        truck = トラック
        bicycle = 自転車
        scooter = スクーター
        train = 列車, 汽車, 機関車
        helicopter = ヘリコプター, ヘリ
        rocket = ロケット, 宇宙船
        sailboat = ヨット, 帆船, 舟
        skateboard = スケートボード, スケボー
        guitar = ギター
        trumpet = トランペット
        violin = バイオリン, ヴァイオリン
        drum = 太鼓, ドラム
        saxophone = サックス, サクソフォン
        accordion = アコーディオン
        piano = ピアノ, 鍵盤
        pizza = ピザ
        hamburger = ハンバーガー
        ice cream = アイスクリーム, ソフトクリーム
        cake = ケーキ, 誕生日ケーキ
        donut = ドーナツ
        apple = りんご, リンゴ
        banana = バナナ
        watermelon = スイカ
        strawberry = イチゴ, いちご
        pineapple = パイナップル
        carrot = 人参, ニンジン
        bread = パン, 食パン
        cheese = チーズ
        pretzel = プレッツェル
        robot = ロボット
        ghost = 幽霊, お化け
        clown = ピエロ, 道化師
        snowman = 雪だるま
        wizard = 魔法使い, 魔術師
        fairy = 妖精
        mermaid = 人魚
        ninja = 忍者
        dancer = 踊り子, ダンサー, 踊る女性
        alien = 宇宙人, エイリアン
        princess = 姫, お姫様, プリンセス
        superhero = スーパーヒーロー, ヒーロー
        genie = 魔人, ランプの精
        balloon = 風船
        clock = 時計, 目覚まし時計
        key = 鍵
        camera = カメラ
        television = テレビ
        ball = サッカーボール, ボール
        teddy bear = テディベア, クマのぬいぐるみ
        gift = プレゼント, 贈り物
        lantern = 提灯, ランタン
        crown = 王冠
        hat = 帽子, シルクハット
        trophy = トロフィー, 優勝カップ
        telescope = 望遠鏡
        suitcase = スーツケース, 荷物
        """
    ),
    settings=phrases(
        """
        beach = 浜辺, 海辺, ビーチ, 砂浜
        forest = 森, 森の中, 木々の間
        city = 街, 街の通り, 都会, 町
        kitchen = 台所, キッチン
        snow = 雪の中, 雪山, 雪
        desert = 砂漠, 砂丘
        space = 宇宙, 宇宙空間, 惑星の間
        underwater = 水中, 海の中, 海底
        bedroom = 寝室, ベッドのそば, ベッドルーム
        stage = 舞台, ステージ, 劇場, スポットライトの中
        meadow = 草原, 野原, 花畑, 草の上
        volcano = 火山, 火山のそば, 溶岩のそば
        """
    ),
    times=phrases(
        """
        day = 昼間, 昼, 日中, 明るい昼間
        night = 夜, 夜中, 月明かり, 暗闇
        """
    ),
    sizes=phrases(
        """
        close = クローズアップ, 大写し, アップ, 近くから
        wide = ワイドショット, 遠景, ロングショット, 遠くから
        """
    ),
    movements=phrases(
        """
        moving = 動いている, 走っている, 移動中, 疾走
        still = 止まっている, 静止している, 動かない, じっとしている
        """
    ),
    cameras=(
        "カメラが左へ動く",
        "カメラが右へ動く",
        "カメラが近づく",
        "カメラが遠ざかる",
    ),
    kinds=phrases(
        """
        animal = 動物, 生き物
        vehicle = 乗り物, 車両
        food = 食べ物, 料理, おやつ
        instrument = 楽器, 音楽
        character = 登場人物, 不思議な人物, キャラクター, 誰か
        thing = 物, 品物
        """
    ),
    strangers="""
        結婚式, 弁護士, 経済, 手術, 将棋, 税金, 潜水艦, 裁判所, 爆発, 握手, タイプライター, 雨,
        美容師, 灯台, 飛行機, 高層ビル, 橋, 窓, 机, 椅子, 本, 新聞, 電話, コンピューター, 警察官,
        医者, 兵士, キス, 喧嘩, 傘, ナイフ, フォーク, コーヒー, ビール, スープ, 教会, 学校, 先生,
        子供, おばあさん, 眼鏡, 靴, ドレス, 鏡, 駅, 工場, 農家, 川, 雲, 嵐, 戦争, テニス, プール,
        歯医者, お金, 契約
    """,
    more_strangers="""
        家, 部屋, 扉, 壁, 階段, 屋根, 庭, 湖, 島, 道, 交差点, 信号, 地下鉄, オートバイ, 戦車, 大砲,
        銃, 剣, 盾, 斧, ハンマー, 釘, のこぎり, シャベル, バケツ, ほうき, アイロン, 冷蔵庫, やかん,
        鍋, フライパン, 皿, 茶碗, 瓶, お茶, 牛乳, バター, 卵, 魚, 肉, ソーセージ, ご飯, サラダ,
        じゃがいも, 玉ねぎ, トマト, きゅうり, きのこ, 蜂蜜, 塩, 砂糖, チョコレート, 飴, 狼, 鹿,
        リス, ネズミ, 鷲, カラス, 鳩, 雀, 蜂, 蠅, 蜘蛛, 蚊, 蟻, 手, 足, 頭, 顔, 髪, 髭, シャツ,
        ズボン, コート, 手袋, マフラー, 指輪, 財布, 鞄, 手紙, 絵, 博物館, 市場, 店, 病院, 銀行,
        朝食, 祭り, 歌, 夢, 笑い, 涙, 追跡, 葬式, 画家, 料理人, 運転手, 船乗り, 裁判官, 泥棒, 王,
        姉, 少年, 友達
    """,
)
