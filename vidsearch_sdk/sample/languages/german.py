"""The sample world in German: three genders, and articles that agree with them."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

GERMAN = Language(
    code="de",
    name="German",
    agreement="number",
    articles={"m": ("ein", "der"), "f": ("eine", "die"), "n": ("ein", "das")},
    joined=("{} und {}",),
    joined_bare=("{} und {}", "{} mit {}", "{} {}"),
    typed={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"},
    objects=nouns(
        """
        dog = Hund m, Welpe m, Hündchen n
        cat = Katze f, Kätzchen n, Kater m
        horse = Pferd n, Pony n
        cow = Kuh f
        pig = Schwein n, Ferkel n
        sheep = Schaf n, Lamm n
        elephant = Elefant m
        tiger = Tiger m
        giraffe = Giraffe f
        zebra = Zebra n
        monkey = Affe m
        kangaroo = Känguru n
        camel = Kamel n
        rabbit = Kaninchen n, Hase m
        hedgehog = Igel m
        turtle = Schildkröte f
        snake = Schlange f
        crocodile = Krokodil n, Alligator m
        penguin = Pinguin m
        owl = Eule f
        duck = Ente f
        rooster = Hahn m, Huhn n
        flamingo = Flamingo m
        parrot = Papagei m
        dolphin = Delfin m, Delphin m
        whale = Wal m, Walfisch m
        octopus = Krake m, Tintenfisch m, Oktopus m
        crab = Krabbe f, Krebs m
        butterfly = Schmetterling m
        snail = Schnecke f
        dinosaur = Dinosaurier m
        dragon = Drache m
        unicorn = Einhorn n
        bear = Bär m
        panda = Panda m, Pandabär m
        koala = Koala m, Koalabär m
        fox = Fuchs m
        frog = Frosch m
        lion = Löwe m
        car = Auto n, Wagen m
        bus = Bus m
        fire engine = Feuerwehrauto n, Löschfahrzeug n
        ambulance = Krankenwagen m, Rettungswagen m
        tractor = Traktor m, Trecker m
        truck = Lastwagen m, Laster m
        bicycle = Fahrrad n, Rad n
        scooter = Motorroller m, Roller m
        train = Zug m, Lokomotive f, Dampflok f
        helicopter = Hubschrauber m, Helikopter m
        rocket = Rakete f, Raumschiff n
        sailboat = Segelboot n, Boot n
        skateboard = Skateboard n
        guitar = Gitarre f
        trumpet = Trompete f
        violin = Geige f, Violine f
        drum = Trommel f
        saxophone = Saxophon n, Saxofon n
        accordion = Akkordeon n, Ziehharmonika f
        piano = Klavier n, Keyboard n
        pizza = Pizza f
        hamburger = Hamburger m, Burger m
        ice cream = Eis n, Eiscreme f
        cake = Torte f, Kuchen m, Geburtstagstorte f
        donut = Donut m
        apple = Apfel m
        banana = Banane f
        watermelon = Wassermelone f
        strawberry = Erdbeere f
        pineapple = Ananas f
        carrot = Karotte f, Möhre f
        bread = Brot n, Brotlaib m
        cheese = Käse m
        pretzel = Brezel f
        robot = Roboter m
        ghost = Gespenst n, Geist m
        clown = Clown m
        snowman = Schneemann m
        wizard = Zauberer m, Magier m
        fairy = Fee f
        mermaid = Meerjungfrau f
        ninja = Ninja m
        dancer = Tänzerin f, tanzende Frau f
        alien = Außerirdischer m, Alien n
        princess = Prinzessin f
        superhero = Superheld m, Held m
        genie = Flaschengeist m, Dschinn m
        balloon = Luftballon m, Ballon m
        clock = Wecker m, Uhr f
        key = Schlüssel m
        camera = Kamera f, Fotoapparat m
        television = Fernseher m, Fernsehgerät n
        ball = Fußball m, Ball m
        teddy bear = Teddybär m, Teddy m
        gift = Geschenk n
        lantern = Laterne f
        crown = Krone f
        hat = Zylinder m, Hut m
        trophy = Pokal m, Trophäe f
        telescope = Teleskop n, Fernrohr n
        suitcase = Koffer m, Gepäck n
        """
    ),
    settings=phrases(
        """
        beach = am Strand, am Meer, an der Küste, Strand
        forest = im Wald, zwischen den Bäumen, Wald
        city = in der Stadt, auf der Straße, in einer Stadt, Stadt
        kitchen = in der Küche, in einer Küche, Küche
        snow = im Schnee, auf einem verschneiten Berg, im Winter, Schnee
        desert = in der Wüste, zwischen den Dünen, Wüste
        space = im Weltraum, im Weltall, zwischen den Planeten, Weltraum
        underwater = unter Wasser, im Wasser, unter dem Meer
        bedroom = im Schlafzimmer, in einem Schlafzimmer, neben dem Bett, Schlafzimmer
        stage = auf der Bühne, auf einer Bühne, im Theater, im Scheinwerferlicht, Bühne
        meadow = auf der Wiese, auf einer Wiese, auf einem Blumenfeld, im Gras, Wiese
        volcano = am Vulkan, an einem Vulkan, neben der Lava, Vulkan
        """
    ),
    times=phrases(
        """
        day = am Tag, tagsüber, bei Tageslicht, an einem hellen Tag, Tag
        night = bei Nacht, in der Nacht, nachts, im Dunkeln, im Mondlicht, Nacht
        """
    ),
    sizes=phrases(
        """
        close = Nahaufnahme, in Nahaufnahme, aus der Nähe, Großaufnahme, nah
        wide = Totale, in der Totale, aus der Ferne, von weitem, weit weg
        """
    ),
    movements=phrases(
        """
        moving = in Bewegung, unterwegs, rennt|rennen, rast|rasen, läuft|laufen, bewegt sich|bewegen sich
        still = steht still|stehen still, unbewegt, bewegungslos, in Ruhe, regungslos, ohne Bewegung
        """
    ),
    cameras=(
        "die Kamera schwenkt nach links",
        "die Kamera schwenkt nach rechts",
        "die Kamera fährt heran",
        "die Kamera fährt zurück",
    ),
    kinds=phrases(
        """
        animal = ein Tier, Tiere, Tier
        vehicle = ein Fahrzeug, Fahrzeuge, Fahrzeug
        food = Essen, etwas zu essen, eine Mahlzeit, Lebensmittel
        instrument = ein Musikinstrument, ein Instrument, Musik, Musikinstrumente
        character = eine Figur, eine seltsame Gestalt, jemand, eine Märchenfigur
        thing = ein Ding, ein Gegenstand, Sachen
        """
    ),
    strangers="""
        Hochzeit, Anwalt, Wirtschaft, Operation, Schach, Steuererklärung, U-Boot, Gericht,
        Explosion, Händedruck, Schreibmaschine, Regen, Friseur, Leuchtturm, Flugzeug, Hochhaus,
        Brücke, Fenster, Tisch, Stuhl, Buch, Zeitung, Telefon, Computer, Polizist, Arzt, Soldat,
        Kuss, Streit, Regenschirm, Messer, Gabel, Kaffee, Bier, Suppe, Kirche, Schule, Lehrer, Kind,
        Großmutter, Brille, Schuhe, Kleid, Spiegel, Bahnhof, Fabrik, Bauer, Fluss, Wolke, Gewitter,
        Krieg, Tennis, Schwimmbad, Zahnarzt, Geld, Vertrag
    """,
)
