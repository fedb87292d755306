from __future__ import annotations

import pytest

from vidsearch_sdk.query.dialogue.language_guess import LanguageGuesser

TALK = {
    "en": (
        "I told you not to come here. What are you doing in my house? We have to find the key before they"
        " are back. Do you think that he knows where it is? Nobody has been there for years."
    ),
    "es": (
        "Te dije que no vinieras aquí. ¿Qué haces en mi casa? Tenemos que encontrar la llave antes de que"
        " vuelvan. ¿Crees que él sabe dónde está? Nadie ha estado aquí en años."
    ),
    "pt": (
        "Eu disse para você não vir aqui. O que você está fazendo na minha casa? Temos que encontrar a "
        "chave antes que eles voltem. Você acha que ele sabe onde está? Ninguém esteve aqui há anos."
    ),
    "fr": (
        "Je t'avais dit de ne pas venir ici. Qu'est-ce que tu fais dans ma maison ? Nous devons trouver "
        "la clé avant qu'ils reviennent. Tu crois qu'il sait où elle est ? Personne n'est venu ici "
        "depuis."
    ),
    "de": (
        "Ich habe dir gesagt, du sollst nicht hierher kommen. Was machst du in meinem Haus? Wir müssen "
        "den Schlüssel finden, bevor sie zurückkommen. Glaubst du, er weiß, wo er ist?"
    ),
    "it": (
        "Ti avevo detto di non venire qui. Cosa fai in casa mia? Dobbiamo trovare la chiave prima che "
        "tornino. Pensi che lui sappia dove si trova? Nessuno è stato qui da anni."
    ),
    "ru": (
        "Я же сказал тебе не приходить сюда. Что ты делаешь в моём доме? Мы должны найти ключ, пока они "
        "не вернулись. Ты думаешь, он знает, где он? Здесь никого не было много лет."
    ),
    "sv": (
        "Jag sa åt dig att inte komma hit. Vad gör du i mitt hus? Vi måste hitta nyckeln innan de kommer "
        "tillbaka. Tror du att han vet var den är? Ingen har varit här på många år."
    ),
    "nl": (
        "Ik zei je toch dat je hier niet moest komen. Wat doe je in mijn huis? We moeten de sleutel "
        "vinden voordat ze terugkomen. Denk je dat hij weet waar het is?"
    ),
    "fi": (
        "Minähän sanoin, ettet saa tulla tänne. Mitä sinä teet minun talossani? Meidän on löydettävä "
        "avain ennen kuin he tulevat takaisin. Luuletko, että hän tietää, missä se on?"
    ),
    "hu": (
        "Mondtam, hogy ne gyere ide. Mit csinálsz a házamban? Meg kell találnunk a kulcsot, mielőtt "
        "visszajönnek. Szerinted ő tudja, hogy hol van? Évek óta nem járt itt senki."
    ),
}
UNLISTED = (
    (
        "Mówiłem ci, żebyś tu nie przychodził. Co robisz w moim domu? Musimy znaleźć klucz, zanim wrócą. "
        "Myślisz, że on wie, gdzie to jest? Nikogo tu nie było od lat. Nie wiem, co o tym myśleć."
    ),
    (
        "Sana buraya gelmemeni söylemiştim. Evimde ne yapıyorsun? Onlar dönmeden anahtarı bulmalıyız. "
        "Sence nerede olduğunu biliyor mu? Yıllardır buraya kimse gelmedi. Bilmiyorum ki ne olacak şimdi."
    ),
    "我们需要一条更大的船。" * 30,
)


@pytest.mark.parametrize("language", TALK)
def test_talk_tells_its_language(language):
    assert LanguageGuesser().guess(TALK[language].split(". ")) == language


@pytest.mark.parametrize(
    "talk", [*UNLISTED, "", "I am here", "la la la " * 30, TALK["en"] + TALK["ru"] + TALK["fi"]]
)
def test_what_is_not_clear_is_not_guessed(talk):
    assert LanguageGuesser().guess([talk]) == ""
