"""The sample world in Russian: no articles, three genders, and places that need their case."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

RUSSIAN = Language(
    code="ru",
    name="Russian",
    agreement="gender and number",
    joined=("{} и {}",),
    joined_bare=("{} и {}", "{} {}"),
    typed={"ё": "е"},
    objects=nouns(
        """
        dog = собака f, пёс m, щенок m
        cat = кошка f, кот m, котёнок m
        horse = лошадь f, конь m, пони m
        cow = корова f
        pig = свинья f, поросёнок m
        sheep = овца f, барашек m
        elephant = слон m
        tiger = тигр m
        giraffe = жираф m
        zebra = зебра f
        monkey = обезьяна f
        kangaroo = кенгуру m
        camel = верблюд m
        rabbit = кролик m, заяц m
        hedgehog = ёж m, ёжик m
        turtle = черепаха f
        snake = змея f
        crocodile = крокодил m, аллигатор m
        penguin = пингвин m
        owl = сова f, филин m
        duck = утка f
        rooster = петух m, курица f
        flamingo = фламинго m
        parrot = попугай m
        dolphin = дельфин m
        whale = кит m
        octopus = осьминог m
        crab = краб m
        butterfly = бабочка f
        snail = улитка f
        dinosaur = динозавр m
        dragon = дракон m
        unicorn = единорог m
        bear = медведь m
        panda = панда f
        koala = коала f
        fox = лиса f, лисица f
        frog = лягушка f
        lion = лев m
        car = машина f, автомобиль m
        bus = автобус m
        fire engine = пожарная машина f
        ambulance = скорая помощь f, машина скорой помощи f
        tractor = трактор m
        truck = грузовик m
        bicycle = велосипед m
        scooter = мотороллер m, мопед m
        train = поезд m, паровоз m
        helicopter = вертолёт m
        rocket = ракета f, космический корабль m
        sailboat = парусник m, лодка f
        skateboard = скейтборд m, скейт m
        guitar = гитара f
        trumpet = труба f
        violin = скрипка f
        drum = барабан m
        saxophone = саксофон m
        accordion = аккордеон m, гармонь f
        piano = пианино n, клавиши pl
        pizza = пицца f
        hamburger = гамбургер m, бургер m
        ice cream = мороженое n
        cake = торт m
        donut = пончик m
        apple = яблоко n
        banana = банан m
        watermelon = арбуз m
        strawberry = клубника f
        pineapple = ананас m
        carrot = морковь f, морковка f
        bread = хлеб m, буханка хлеба f
        cheese = сыр m
        pretzel = крендель m
        robot = робот m
        ghost = привидение n, призрак m
        clown = клоун m
        snowman = снеговик m
        wizard = волшебник m, маг m
        fairy = фея f
        mermaid = русалка f
        ninja = ниндзя m
        dancer = танцовщица f, танцующая женщина f
        alien = инопланетянин m, пришелец m
        princess = принцесса f
        superhero = супергерой m, герой m
        genie = джинн m
        balloon = воздушный шар m, шарик m
        clock = будильник m, часы pl
        key = ключ m
        camera = фотоаппарат m, камера f
        television = телевизор m
        ball = футбольный мяч m, мяч m
        teddy bear = плюшевый мишка m, плюшевый медведь m
        gift = подарок m
        lantern = фонарь m, фонарик m
        crown = корона f
        hat = шляпа f, цилиндр m
        trophy = кубок m, приз m
        telescope = телескоп m
        suitcase = чемодан m, багаж m
        """
    ),
    settings=phrases(
        """
        beach = на пляже, у моря, на песке, на берегу моря, пляж
        forest = в лесу, среди деревьев, лес
        city = в городе, на улице, на городской улице, город
        kitchen = на кухне, кухня
        snow = в снегу, на снежной горе, зимой, снег
        desert = в пустыне, среди дюн, пустыня
        space = в космосе, среди планет, космос
        underwater = под водой, в море
        bedroom = в спальне, у кровати, спальня
        stage = на сцене, в театре, в свете прожекторов, сцена
        meadow = на лугу, в поле цветов, на траве, луг
        volcano = у вулкана, возле вулкана, рядом с лавой, вулкан
        """
    ),
    times=phrases(
        """
        day = днём, в дневное время, при свете дня, в ясный день, день
        night = ночью, в темноте, при лунном свете, в ночное время, ночь
        """
    ),
    sizes=phrases(
        """
        close = крупный план, крупным планом, вблизи, близко
        wide = общий план, общим планом, издалека, вдалеке, далеко
        """
    ),
    movements=phrases(
        """
        moving = в движении, движется|движется|движется|движутся, бежит|бежит|бежит|бегут, \
мчится|мчится|мчится|мчатся
        still = неподвижно, стоит на месте|стоит на месте|стоит на месте|стоят на месте, не двигаясь, \
неподвижный|неподвижная|неподвижное|неподвижные, без движения
        """
    ),
    cameras=(
        "камера поворачивает налево",
        "камера поворачивает направо",
        "камера приближается",
        "камера отдаляется",
    ),
    kinds=phrases(
        """
        animal = животное, животные, зверь
        vehicle = транспорт, транспортное средство, на чём ездят
        food = еда, что-нибудь поесть, пища
        instrument = музыкальный инструмент, инструмент, музыка, музыкальные инструменты
        character = персонаж, странная фигура, кто-то, сказочный персонаж
        thing = вещь, предмет, предметы
        """
    ),
    strangers="""
        свадьба, адвокат, экономика, операция, шахматы, налоги, подводная лодка, суд, взрыв,
        рукопожатие, пишущая машинка, дождь, парикмахер, маяк, самолёт, небоскрёб, мост, окно, стол,
        стул, книга, газета, телефон, компьютер, полицейский, врач, солдат, поцелуй, ссора, зонт,
        нож, вилка, кофе, пиво, суп, церковь, школа, учитель, ребёнок, бабушка, очки, ботинки,
        платье, зеркало, вокзал, завод, фермер, река, облако, гроза, война, теннис, бассейн,
        зубной врач, деньги, договор
    """,
)
