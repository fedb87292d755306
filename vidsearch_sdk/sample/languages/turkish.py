"""The sample world in Turkish: no genders, places with their case as an ending, the subject last."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

TURKISH = Language(
    code="tr",
    name="Turkish",
    agreement="none",
    subject_last=True,
    place_links=(" ", "ki "),
    articles={"": ("bir",)},
    joined=("{} ve {}", "{} ile {}"),
    joined_bare=("{} ve {}", "{} ile {}", "{} {}"),
    dotted_i=True,
    objects=nouns(
        """
        dog = köpek, yavru köpek
        cat = kedi, yavru kedi
        horse = at, midilli
        cow = inek
        pig = domuz, domuz yavrusu
        sheep = koyun, kuzu
        elephant = fil
        tiger = kaplan
        giraffe = zürafa
        zebra = zebra
        monkey = maymun
        kangaroo = kanguru
        camel = deve
        rabbit = tavşan, yabani tavşan
        hedgehog = kirpi
        turtle = kaplumbağa
        snake = yılan
        crocodile = timsah
        penguin = penguen
        owl = baykuş
        duck = ördek
        rooster = horoz, tavuk
        flamingo = flamingo
        parrot = papağan
        dolphin = yunus, yunus balığı
        whale = balina
        octopus = ahtapot
        crab = yengeç
        butterfly = kelebek
        snail = salyangoz
        dinosaur = dinozor
        dragon = ejderha
        unicorn = tek boynuzlu at, unicorn
        bear = ayı
        panda = panda
        koala = koala
        fox = tilki
        frog = kurbağa
        lion = aslan
        car = araba, otomobil
        bus = otobüs
        fire engine = itfaiye aracı, itfaiye arabası
        ambulance = ambulans
        tractor = traktör
        truck = kamyon
        bicycle = bisiklet
        scooter = skuter, motosiklet
        train = tren, lokomotif
        helicopter = helikopter
        rocket = roket, uzay gemisi
        sailboat = yelkenli, tekne
        skateboard = kaykay
        guitar = gitar
        trumpet = trompet
        violin = keman
        drum = davul
        saxophone = saksafon, saksofon
        accordion = akordeon
        piano = piyano, klavye
        pizza = pizza
        hamburger = hamburger, burger
        ice cream = dondurma
        cake = pasta, doğum günü pastası, kek
        donut = donut, çörek
        apple = elma
        banana = muz
        watermelon = karpuz
        strawberry = çilek
        pineapple = ananas
        carrot = havuç
        bread = ekmek, somun ekmek
        cheese = peynir
        pretzel = tuzlu kraker, pretzel
        robot = robot
        ghost = hayalet
        clown = palyaço
        snowman = kardan adam
        wizard = büyücü, sihirbaz
        fairy = peri
        mermaid = deniz kızı
        ninja = ninja
        dancer = dansçı, dans eden kadın
        alien = uzaylı
        princess = prenses
        superhero = süper kahraman, kahraman
        genie = cin, lamba cini
        balloon = balon
        clock = saat, çalar saat
        key = anahtar
        camera = fotoğraf makinesi, kamera
        television = televizyon
        ball = futbol topu, top
        teddy bear = oyuncak ayı, peluş ayı
        gift = hediye
        lantern = fener
        crown = taç
        hat = şapka, silindir şapka
        trophy = kupa, ödül kupası
        telescope = teleskop
        suitcase = bavul, valiz
        """
    ),
    settings=phrases(
        """
        beach = plajda, sahilde, kumsalda, deniz kıyısında
        forest = ormanda, bir ormanda, ağaçların arasında
        city = şehirde, sokakta, bir şehir sokağında
        kitchen = mutfakta, bir mutfakta
        snow = karda, karlı bir dağda, karların arasında
        desert = çölde, kum tepelerinin arasında
        space = uzayda, gezegenlerin arasında
        underwater = su altında, denizin altında, suda
        bedroom = yatak odasında, bir yatak odasında, yatağın yanında
        stage = sahnede, bir sahnede, tiyatroda, sahne ışığında
        meadow = çayırda, bir çayırda, çiçek tarlasında, çimlerin üzerinde
        volcano = yanardağda, bir yanardağın yanında, volkanın yanında, lavların yanında
        """
    ),
    times=phrases(
        """
        day = gündüz, gün ışığında, gündüz vakti, aydınlık bir günde
        night = gece, geceleyin, karanlıkta, ay ışığında, gece vakti
        """
    ),
    sizes=phrases(
        """
        close = yakın plan, yakın çekim, yakından, çok yakın
        wide = geniş plan, geniş açı, uzaktan, uzak çekim
        """
    ),
    movements=phrases(
        """
        moving = hareket halinde, hareket eden, koşuyor, koşan, hızla giden
        still = hareketsiz, duruyor, kıpırdamadan, hareket etmiyor, duran
        """
    ),
    cameras=(
        "kamera sola dönüyor",
        "kamera sağa dönüyor",
        "kamera yaklaşıyor",
        "kamera uzaklaşıyor",
    ),
    kinds=phrases(
        """
        animal = bir hayvan, hayvanlar, hayvan, bir yaratık
        vehicle = bir taşıt, taşıtlar, taşıt, bir araç
        food = yiyecek, yiyecek bir şey, bir yemek, yemek
        instrument = bir müzik aleti, bir çalgı, müzik, müzik aletleri
        character = bir karakter, tuhaf bir figür, birisi, bir masal karakteri
        thing = bir şey, bir nesne, nesneler
        """
    ),
    strangers="""
        düğün, avukat, ekonomi, ameliyat, satranç, vergi, denizaltı, mahkeme, patlama, tokalaşma,
        daktilo, yağmur, kuaför, deniz feneri, uçak, gökdelen, köprü, pencere, masa, sandalye,
        kitap, gazete, telefon, bilgisayar, polis, doktor, asker, öpücük, kavga, şemsiye, bıçak,
        çatal, kahve, bira, çorba, kilise, okul, öğretmen, çocuk, büyükanne, gözlük, ayakkabı,
        elbise, ayna, istasyon, fabrika, çiftçi, nehir, bulut, fırtına, savaş, tenis, havuz, dişçi,
        para, sözleşme
    """,
)
