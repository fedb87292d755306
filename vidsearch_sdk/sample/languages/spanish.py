"""The sample world in Spanish: two genders, and adjectives that agree (f' takes the other article)."""

from vidsearch_sdk.sample.languages.grammar import Language, nouns, phrases

SPANISH = Language(
    code="es",
    name="Spanish",
    agreement="gender and number",
    articles={"m": ("un", "el"), "f": ("una", "la"), "f'": ("un", "el")},
    joined=("{} y {}", "{} con {}"),
    joined_bare=("{} y {}", "{} con {}", "{} {}"),
    objects=nouns(
        """
        dog = perro m, cachorro m
        cat = gato m, gatito m
        horse = caballo m, poni m
        cow = vaca f
        pig = cerdo m, cochino m, puerco m
        sheep = oveja f, cordero m
        elephant = elefante m
        tiger = tigre m
        giraffe = jirafa f
        zebra = cebra f
        monkey = mono m
        kangaroo = canguro m
        camel = camello m
        rabbit = conejo m, liebre f
        hedgehog = erizo m
        turtle = tortuga f
        snake = serpiente f, culebra f
        crocodile = cocodrilo m, caimán m
        penguin = pingüino m
        owl = búho m, lechuza f
        duck = pato m
        rooster = gallo m, gallina f
        flamingo = flamenco m
        parrot = loro m, papagayo m
        dolphin = delfín m
        whale = ballena f
        octopus = pulpo m
        crab = cangrejo m
        butterfly = mariposa f
        snail = caracol m
        dinosaur = dinosaurio m
        dragon = dragón m
        unicorn = unicornio m
        bear = oso m
        panda = panda m, oso panda m
        koala = koala m
        fox = zorro m
        frog = rana f
        lion = león m
        car = coche m, automóvil m, carro m
        bus = autobús m, bus m
        fire engine = camión de bomberos m, coche de bomberos m
        ambulance = ambulancia f
        tractor = tractor m
        truck = camión m
        bicycle = bicicleta f, bici f
        scooter = moto f, ciclomotor m
        train = tren m, locomotora f
        helicopter = helicóptero m
        rocket = cohete m, nave espacial f
        sailboat = velero m, barco m, barca f
        skateboard = monopatín m, patineta f
        guitar = guitarra f
        trumpet = trompeta f
        violin = violín m
        drum = tambor m
        saxophone = saxofón m, saxo m
        accordion = acordeón m
        piano = piano m, teclado m
        pizza = pizza f
        hamburger = hamburguesa f
        ice cream = helado m
        cake = tarta f, pastel m, torta de cumpleaños f
        donut = rosquilla f, dona f, dónut m
        apple = manzana f
        banana = plátano m, banana f
        watermelon = sandía f
        strawberry = fresa f
        pineapple = piña f
        carrot = zanahoria f
        bread = pan m, barra de pan f
        cheese = queso m
        pretzel = pretzel m, lazo salado m
        robot = robot m
        ghost = fantasma m
        clown = payaso m
        snowman = muñeco de nieve m
        wizard = mago m, hechicero m
        fairy = hada f'
        mermaid = sirena f
        ninja = ninja m
        dancer = bailarina f, mujer bailando f
        alien = extraterrestre m, alienígena m, marciano m
        princess = princesa f
        superhero = superhéroe m, héroe m
        genie = genio m
        balloon = globo m
        clock = reloj m, despertador m
        key = llave f
        camera = cámara f, cámara de fotos f
        television = televisión f, televisor m, tele f
        ball = pelota f, balón m, balón de fútbol m
        teddy bear = oso de peluche m, osito m
        gift = regalo m
        lantern = farol m, linterna f
        crown = corona f
        hat = sombrero m, chistera f
        trophy = trofeo m, copa f
        telescope = telescopio m
        suitcase = maleta f, equipaje m
        """
    ),
    settings=phrases(
        """
        beach = en la playa, junto al mar, en la arena, a la orilla del mar, playa
        forest = en el bosque, entre los árboles, bosque
        city = en la ciudad, en la calle, en una calle de la ciudad, ciudad
        kitchen = en la cocina, en una cocina, cocina
        snow = en la nieve, en una montaña nevada, en invierno, nieve
        desert = en el desierto, entre las dunas, desierto
        space = en el espacio, en el espacio exterior, entre los planetas, espacio
        underwater = bajo el agua, bajo el mar, dentro del agua
        bedroom = en el dormitorio, en la habitación, junto a la cama, dormitorio
        stage = en el escenario, en un escenario, en el teatro, bajo los focos, escenario
        meadow = en un prado, en el prado, en un campo de flores, en la hierba, prado
        volcano = en el volcán, junto al volcán, cerca del volcán, al lado de la lava, volcán
        """
    ),
    times=phrases(
        """
        day = de día, durante el día, a plena luz del día, día
        night = de noche, por la noche, en la oscuridad, a la luz de la luna, noche
        """
    ),
    sizes=phrases(
        """
        close = primer plano, en primer plano, de cerca, visto de cerca|vista de cerca|vistos de cerca|\
vistas de cerca
        wide = plano general, en plano general, de lejos, a lo lejos, desde lejos
        """
    ),
    movements=phrases(
        """
        moving = en movimiento, moviéndose, corriendo, corre|corre|corren|corren, a toda velocidad
        still = quieto|quieta|quietos|quietas, inmóvil|inmóvil|inmóviles|inmóviles, sin moverse, \
parado|parada|parados|paradas, en reposo
        """
    ),
    cameras=(
        "la cámara gira a la izquierda",
        "la cámara gira a la derecha",
        "la cámara se acerca",
        "la cámara se aleja",
    ),
    kinds=phrases(
        """
        animal = un animal, animales, animal, una criatura
        vehicle = un vehículo, vehículos, vehículo
        food = comida, algo de comer, un alimento, una comida
        instrument = un instrumento musical, un instrumento, música, instrumentos musicales
        character = un personaje, una figura extraña, alguien, un personaje de cuento
        thing = una cosa, un objeto, cosas
        """
    ),
    strangers="""
        boda, abogado, economía, cirugía, ajedrez, impuestos, avión, tribunal, explosión,
        apretón de manos, máquina de escribir, lluvia, peluquero, faro, rascacielos, puente,
        ventana, mesa, silla, libro, periódico, teléfono, ordenador, policía, médico, soldado, beso,
        pelea, paraguas, cuchillo, tenedor, café, cerveza, sopa, iglesia, escuela, profesor, niño,
        abuela, gafas, zapatos, vestido, espejo, estación, fábrica, granjero, río, nube, tormenta,
        guerra, tenis, piscina, dentista, dinero, contrato
    """,
)
