"""The sample world: what can be seen in it, and which of it is kept back from training.

A scene is one or two objects in a setting, by day or by night, seen close or wide, moving or still. Nothing
here draws or learns; the film, the practice pictures and the captions all speak of scenes in these words.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["animal", "vehicle", "food", "instrument", "character", "thing"]
Time = Literal["day", "night"]
Size = Literal["close", "wide"]
Movement = Literal["moving", "still"]
Camera = Literal["fixed", "pan left", "pan right", "zoom in", "zoom out"]

KINDS: tuple[Kind, ...] = get_args(Kind)
TIMES: tuple[Time, ...] = get_args(Time)
SIZES: tuple[Size, ...] = get_args(Size)
MOVEMENTS: tuple[Movement, ...] = get_args(Movement)
CAMERAS: tuple[Camera, ...] = get_args(Camera)

HELD_OUT_SHARE = 0.2
"""Share of the (object, setting) pairs that no practice picture shows."""


@dataclass(frozen=True)
class Thing:
    """One object of the world.

    Attributes:
        name: The word that truth and captions use.
        emoji: The character that it is drawn from.
        kind: What sort of object it is.
        other_names: Further words that name it.
    """

    name: str
    emoji: str
    kind: Kind
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """One place of the world.

    Attributes:
        name: The word that truth uses.
        phrases: Ways to say where something is; the first is the one that truth's captions use.
        floats: True where nothing stands on the ground (space, under water): no shadows are drawn.
        indoors: True where day and night are seen through a window.
    """

    name: str
    phrases: tuple[str, ...]
    floats: bool = False
    indoors: bool = False


def _things(kind: Kind, rows: str) -> tuple[Thing, ...]:
    # One row per object keeps the list readable: emoji, name, other names.
    things = []
    for row in rows.strip().splitlines():
        emoji, _, words = row.strip().partition(" ")
        name, *others = (word.strip() for word in words.split(","))
        things.append(Thing(name, emoji, kind, tuple(others)))
    return tuple(things)


OBJECTS: tuple[Thing, ...] = (
    *_things(
        "animal",
        """
        🐕 dog, puppy, hound
        🐈 cat, kitten
        🐎 horse, pony
        🐄 cow
        🐖 pig
        🐑 sheep, lamb
        🐘 elephant
        🐅 tiger
        🦒 giraffe
        🦓 zebra
        🐒 monkey
        🦘 kangaroo
        🐫 camel
        🐇 rabbit, bunny, hare
        🦔 hedgehog
        🐢 turtle, tortoise
        🐍 snake
        🐊 crocodile, alligator
        🐧 penguin
        🦉 owl
        🦆 duck
        🐓 rooster, chicken
        🦩 flamingo
        🦜 parrot
        🐬 dolphin
        🐳 whale
        🐙 octopus
        🦀 crab
        🦋 butterfly
        🐌 snail
        🦕 dinosaur
        🐉 dragon
        🦄 unicorn
        🐻 bear
        🐼 panda
        🐨 koala
        🦊 fox
        🐸 frog
        🦁 lion
        """,
    ),
    *_things(
        "vehicle",
        """
        🚗 car, automobile
        🚌 bus
        🚒 fire engine, fire truck
        🚑 ambulance
        🚜 tractor
        🚚 truck, lorry
        🚲 bicycle, bike
        🛵 scooter
        🚂 train, locomotive, steam engine
        🚁 helicopter
        🚀 rocket, spaceship
        ⛵ sailboat, boat
        🛹 skateboard
        """,
    ),
    *_things(
        "instrument",
        """
        🎸 guitar
        🎺 trumpet
        🎻 violin, fiddle
        🥁 drum
        🎷 saxophone
        🪗 accordion
        🎹 piano, keyboard
        """,
    ),
    *_things(
        "food",
        """
        🍕 pizza
        🍔 hamburger, burger
        🍦 ice cream
        🎂 cake, birthday cake
        🍩 donut, doughnut
        🍎 apple
        🍌 banana
        🍉 watermelon
        🍓 strawberry
        🍍 pineapple
        🥕 carrot
        🍞 bread, loaf
        🧀 cheese
        🥨 pretzel
        """,
    ),
    *_things(
        "character",
        """
        🤖 robot
        👻 ghost
        🤡 clown
        ⛄ snowman
        🧙 wizard, magician
        🧚 fairy
        🧜 mermaid
        🥷 ninja
        💃 dancer, dancing woman
        👽 alien
        👸 princess
        🦸 superhero, hero
        🧞 genie
        """,
    ),
    *_things(
        "thing",
        """
        🎈 balloon
        ⏰ clock, alarm clock
        🔑 key
        📷 camera
        📺 television, tv
        ⚽ ball, football, soccer ball
        🧸 teddy bear, teddy
        🎁 gift, present
        🏮 lantern
        👑 crown
        🎩 hat, top hat
        🏆 trophy, cup
        🔭 telescope
        🧳 suitcase, luggage
        """,
    ),
)

SETTINGS: tuple[Setting, ...] = (
    Setting("beach", ("on the beach", "at the beach", "on the sand by the ocean", "at the seaside")),
    Setting("forest", ("in the forest", "in the woods", "among the trees")),
    Setting("city", ("on a city street", "in the city", "in the street", "in town")),
    Setting("kitchen", ("in the kitchen", "in a kitchen"), indoors=True),
    Setting("snow", ("in the snow", "on a snowy mountain", "in snowy mountains", "in winter")),
    Setting("desert", ("in the desert", "among the dunes")),
    Setting("space", ("in space", "in outer space", "among the planets"), floats=True),
    Setting("underwater", ("underwater", "under the sea", "under water"), floats=True),
    Setting("bedroom", ("in the bedroom", "in a bedroom", "beside the bed"), indoors=True),
    Setting("stage", ("on stage", "on a stage", "in the theater", "in the spotlight")),
    Setting("meadow", ("in a meadow", "in the meadow", "in a field of flowers", "on the grass")),
    Setting("volcano", ("at a volcano", "near the volcano", "by the volcano", "beside the lava")),
)

_OBJECTS = {thing.name: thing for thing in OBJECTS}
_SETTINGS = {setting.name: setting for setting in SETTINGS}


def find_object(name: str) -> Thing:
    """The object of that name.

    Raises:
        KeyError: The world has no such object.
    """
    return _OBJECTS[name]


def find_setting(name: str) -> Setting:
    """The setting of that name.

    Raises:
        KeyError: The world has no such setting.
    """
    return _SETTINGS[name]


@dataclass(frozen=True)
class Scene:
    """What one shot shows.

    Attributes:
        objects: Names of one or two different objects; the first is the larger.
        setting: Name of the setting.
        time: Day or night.
        size: Close (the object fills the picture) or wide.
        movement: Whether the object moves; a moving one leaves puffs, bubbles or sparks behind.
        camera: What the camera does. A single picture cannot show it.
        seed: Chooses everything that the words leave open.

    Raises:
        ValueError: An unknown word, or not one or two different objects.
    """

    objects: tuple[str, ...]
    setting: str
    time: Time = "day"
    size: Size = "wide"
    movement: Movement = "still"
    camera: Camera = "fixed"
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.objects) not in (1, 2) or len(set(self.objects)) != len(self.objects):
            raise ValueError(f"a scene has one or two different objects, not {self.objects!r}")
        checks: tuple[tuple[str, Collection[str]], ...] = (
            *((name, _OBJECTS) for name in self.objects),
            (self.setting, _SETTINGS),
            (self.time, TIMES),
            (self.size, SIZES),
            (self.movement, MOVEMENTS),
            (self.camera, CAMERAS),
        )
        for value, allowed in checks:
            if value not in allowed:
                raise ValueError(f"{value!r} is not in the sample world; it has {', '.join(allowed)}")

    @property
    def is_held_out(self) -> bool:
        """True when every object of the scene is one that practice never showed in this setting."""
        return all(is_held_out(name, self.setting) for name in self.objects)

    @property
    def may_be_practised(self) -> bool:
        """True when no object of the scene is held out from this setting."""
        return not any(is_held_out(name, self.setting) for name in self.objects)


def is_held_out(thing: str, setting: str) -> bool:
    """Whether this object is never shown in this setting during training.

    The choice is a checksum of the two names, so that it stays when objects or settings are added.

    Examples:
        >>> pairs = [(thing.name, setting.name) for thing in OBJECTS for setting in SETTINGS]
        >>> 0.15 < sum(is_held_out(*pair) for pair in pairs) / len(pairs) < 0.25
        True
    """
    return zlib.crc32(f"{thing}|{setting}".encode()) % 1000 < 1000 * HELD_OUT_SHARE
