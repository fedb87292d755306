"""The sample world in French: two genders, articles cut short before a vowel (the marks m' and f')."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

FRENCH = Language(
    code="fr",
    name="French",
    agreement="gender and number",
    articles={"m": ("un", "le"), "f": ("une", "la"), "m'": ("un", "l'"), "f'": ("une", "l'")},
    joined=("{} et {}", "{} avec {}"),
    joined_bare=("{} et {}", "{} avec {}", "{} {}"),
    typed={"œ": "oe"},
    objects=nouns(
        """
        dog = chien m, chiot m
        cat = chat m, chaton m
        horse = cheval m, poney m
        cow = vache f
        pig = cochon m, porc m
        sheep = mouton m, agneau m', brebis f
        elephant = éléphant m'
        tiger = tigre m
        giraffe = girafe f
        zebra = zèbre m
        monkey = singe m
        kangaroo = kangourou m
        camel = chameau m
        rabbit = lapin m, lièvre m
        hedgehog = hérisson m
        turtle = tortue f
        snake = serpent m
        crocodile = crocodile m, alligator m'
        penguin = manchot m, pingouin m
        owl = hibou m, chouette f
        duck = canard m
        rooster = coq m, poulet m
        flamingo = flamant rose m, flamant m
        parrot = perroquet m
        dolphin = dauphin m
        whale = baleine f
        octopus = pieuvre f, poulpe m
        crab = crabe m
        butterfly = papillon m
        snail = escargot m'
        dinosaur = dinosaure m
        dragon = dragon m
        unicorn = licorne f
        bear = ours m'
        panda = panda m
        koala = koala m
        fox = renard m
        frog = grenouille f
        lion = lion m
        car = voiture f, automobile f'
        bus = bus m, autobus m'
        fire engine = camion de pompiers m
        ambulance = ambulance f'
        tractor = tracteur m
        truck = camion m, poids lourd m
        bicycle = vélo m, bicyclette f
        scooter = scooter m
        train = train m, locomotive f
        helicopter = hélicoptère m'
        rocket = fusée f, vaisseau spatial m
        sailboat = voilier m, bateau m
        skateboard = skateboard m, planche à roulettes f
        guitar = guitare f
        trumpet = trompette f
        violin = violon m
        drum = tambour m
        saxophone = saxophone m
        accordion = accordéon m'
        piano = piano m, clavier m
        pizza = pizza f
        hamburger = hamburger m, burger m
        ice cream = glace f, crème glacée f
        cake = gâteau m, gâteau d'anniversaire m
        donut = beignet m, donut m
        apple = pomme f
        banana = banane f
        watermelon = pastèque f
        strawberry = fraise f
        pineapple = ananas m'
        carrot = carotte f
        bread = pain m, miche de pain f
        cheese = fromage m
        pretzel = bretzel m
        robot = robot m
        ghost = fantôme m
        clown = clown m
        snowman = bonhomme de neige m
        wizard = magicien m, sorcier m
        fairy = fée f
        mermaid = sirène f
        ninja = ninja m
        dancer = danseuse f, femme qui danse f
        alien = extraterrestre m', alien m'
        princess = princesse f
        superhero = super-héros m, héros m
        genie = génie m
        balloon = ballon de baudruche m, ballon gonflable m
        clock = réveil m, horloge f'
        key = clé f, clef f
        camera = appareil photo m'
        television = télévision f, télé f, téléviseur m
        ball = ballon de football m, ballon de foot m, balle f
        teddy bear = ours en peluche m', nounours m
        gift = cadeau m
        lantern = lanterne f
        crown = couronne f
        hat = chapeau m, haut-de-forme m
        trophy = trophée m, coupe f
        telescope = télescope m
        suitcase = valise f, bagage m
        """
    ),
    settings=phrases(
        """
        beach = sur la plage, à la plage, au bord de la mer, sur le sable, plage
        forest = dans la forêt, dans les bois, parmi les arbres, forêt
        city = dans la rue, en ville, dans la ville, ville
        kitchen = dans la cuisine, dans une cuisine, cuisine
        snow = dans la neige, sur une montagne enneigée, en hiver, neige
        desert = dans le désert, parmi les dunes, désert
        space = dans l'espace, parmi les planètes, espace
        underwater = sous l'eau, sous la mer
        bedroom = dans la chambre, dans une chambre à coucher, à côté du lit, chambre
        stage = sur scène, sur une scène, au théâtre, sous les projecteurs, scène
        meadow = dans un pré, dans la prairie, dans un champ de fleurs, sur l'herbe, prairie
        volcano = près du volcan, au volcan, à côté de la lave, volcan
        """
    ),
    times=phrases(
        """
        day = de jour, le jour, pendant la journée, en plein jour, jour
        night = la nuit, de nuit, dans l'obscurité, au clair de lune, dans le noir, nuit
        """
    ),
    sizes=phrases(
        """
        close = gros plan, en gros plan, de près, vu de près, plan rapproché
        wide = plan large, en plan large, de loin, vu de loin, plan d'ensemble
        """
    ),
    movements=phrases(
        """
        moving = en mouvement, qui bouge|qui bouge|qui bougent|qui bougent, court|court|courent|courent, \
en train de courir, à toute vitesse
        still = immobile|immobile|immobiles|immobiles, sans bouger, à l'arrêt, au repos, \
arrêté|arrêtée|arrêtés|arrêtées
        """
    ),
    cameras=(
        "la caméra tourne vers la gauche",
        "la caméra tourne vers la droite",
        "la caméra avance",
        "la caméra recule",
    ),
    kinds=phrases(
        """
        animal = un animal, des animaux, animal, une bête
        vehicle = un véhicule, des véhicules, véhicule
        food = de la nourriture, quelque chose à manger, un repas, nourriture
        instrument = un instrument de musique, un instrument, de la musique, musique
        character = un personnage, une étrange figure, quelqu'un, un personnage de conte
        thing = une chose, un objet, des objets
        """
    ),
    strangers="""
        mariage, avocat, économie, opération, échecs, impôts, sous-marin, tribunal, explosion,
        poignée de main, machine à écrire, pluie, coiffeur, phare, avion, gratte-ciel, pont,
        fenêtre, table, chaise, livre, journal, téléphone, ordinateur, policier, médecin, soldat,
        baiser, dispute, parapluie, couteau, fourchette, café, bière, soupe, église, école,
        professeur, enfant, grand-mère, lunettes, chaussures, robe, miroir, gare, usine, fermier,
        rivière, nuage, orage, guerre, tennis, piscine, dentiste, argent
    """,
)
