#!/usr/bin/env python3
"""Writes Sources/CTextFold/fold_table.c: for each Unicode scalar, what the tokenizer takes it for and folds it to.

    Tools/generate_fold_table.py > Sources/CTextFold/fold_table.c

From Python's unicodedata, so run it only to move to another version of Unicode. Indexes built with another table must
be rebuilt: raise the version of their projection with it. The reasons are in Sources/TextSearch/DESIGN.md.
"""
import unicodedata

SEPARATOR, LETTER, UPPER, DIGIT, IGNORED, RUN, EMOJI = range(7)
BLOCK_BITS = 7
EXPANSION = 1 << 27

# Letters that no decomposition takes to what is typed for them.
PLAIN = {
    "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
    "ħ": "h", "Ħ": "h", "ı": "i", "ł": "l", "Ł": "l", "ŧ": "t", "Ŧ": "t", "þ": "th", "Þ": "th",
}
# They stand behind words and are no part of them.
NO_LETTERS = {0x2120, 0x2122, 0x00A9, 0x00AE, 0x309B, 0x309C, 0xFFFD}
# Not for the eye, but they end a word.
NO_WIDTH_SPACE = 0x200B
VOICED = {0x3099: 0x3099, 0x309A: 0x309A, 0xFF9E: 0x3099, 0xFF9F: 0x309A}
RUN_NAMES = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC ITERATION", "IDEOGRAPHIC NUMBER",
             "IDEOGRAPHIC CLOSING", "HANGZHOU", "VERTICAL IDEOGRAPHIC",
             # Written without blanks, too.
             "THAI", "LAO ", "KHMER", "MYANMAR")
HAN = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)]
EMOJI_RANGES = [(0x231A, 0x23FF), (0x25AA, 0x25FE), (0x2600, 0x27BF), (0x2934, 0x2935), (0x2B00, 0x2BFF),
                (0x3030, 0x3030), (0x303D, 0x303D), (0x1F000, 0x1FAFF)]
VARIATIONS = [(0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x180B, 0x180F), (0x034F, 0x034F), (0x1F3FB, 0x1F3FF)]


def within(scalar, ranges):
    return any(low <= scalar <= high for low, high in ranges)


def is_run(character):
    if within(ord(character), HAN) or ord(character) in (0x3005, 0x3006, 0x3007, 0x303B):
        return True
    return unicodedata.category(character)[0] in "LNM" and unicodedata.name(character, "").startswith(RUN_NAMES)


def is_dropped_mark(character):
    """Accents and points. What is a letter in the scripts of India is none of them, nor is a tone."""
    category, kind = unicodedata.category(character), unicodedata.combining(character)
    return category == "Me" or category == "Mn" and (kind == 1 or 10 <= kind <= 36 or 200 <= kind <= 240)


def kept(text):
    """The letters, digits and kept marks of a text, digits as those of ASCII."""
    result = ""
    for character in text:
        category = unicodedata.category(character)
        if category == "Nd":
            result += str(unicodedata.digit(character))
        elif category[0] in "LN" or category == "Co" or category[0] == "M" and not is_dropped_mark(character):
            result += character
    return result


def folded(character):
    plain = PLAIN.get(character, character)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    return kept("".join(PLAIN.get(each, each) for each in text))


def entry(scalar):
    """What it is, and what it is folded to."""
    character = chr(scalar)
    category = unicodedata.category(character)
    if 0xD800 <= scalar <= 0xDFFF or scalar in NO_LETTERS or scalar == NO_WIDTH_SPACE:
        return SEPARATOR, ""
    if scalar in VOICED:
        return RUN, chr(VOICED[scalar])
    if within(scalar, VARIATIONS) or category == "Cf" or scalar == 0x0640:
        return IGNORED, ""
    composed = unicodedata.normalize("NFKC", character)
    if is_run(character) and category != "Nd" or composed != character and any(map(is_run, composed)):
        return RUN, kept(composed.casefold()) or character
    if category[0] == "M":
        return (IGNORED, "") if is_dropped_mark(character) else (LETTER, character)
    # Squared and circled letters are letters; of fractions only the digits would stay.
    if category[0] in "LN" or category == "Co" or category[0] == "S" and kept(composed) and composed != character:
        text = character if "\u2044" in composed else folded(character)
        if not text:
            return IGNORED, ""
        if text.isascii() and text.isdigit():
            return DIGIT, text
        return UPPER if category in ("Lu", "Lt") else LETTER, text
    if within(scalar, EMOJI_RANGES) and category in ("So", "Sm", "Po", "Sk", "Cn"):
        return (SEPARATOR, "") if category == "Cn" and scalar < 0x1F000 else (EMOJI, character)
    # Han that this version of Unicode does not know yet.
    return (RUN, character) if within(scalar, HAN) else (SEPARATOR, "")


def main():
    expansions, places, blocks, numbers, stages = [0], {}, [], {}, []
    for first in range(0, 0x110000, 1 << BLOCK_BITS):
        block = []
        for scalar in range(first, first + (1 << BLOCK_BITS)):
            kind, text = entry(scalar)
            if text in ("", chr(scalar)):
                value = 0
            elif len(text) == 1:
                value = ord(text)
            else:
                if text not in places:
                    places[text] = len(expansions)
                    expansions.extend([len(text)] + [ord(each) for each in text])
                value = EXPANSION | places[text]
            block.append(kind << 28 | value)
        block = tuple(block)
        if block not in numbers:
            numbers[block] = len(blocks)
            blocks.append(block)
        stages.append(numbers[block])
    print(f"// Made by Tools/generate_fold_table.py from Unicode {unicodedata.unidata_version}.")
    print('#include "CTextFold.h"\n')
    show("uint16_t memledger_fold_stages[]", stages)
    show("uint32_t memledger_fold_blocks[]", [value for block in blocks for value in block])
    show("uint32_t memledger_fold_expansions[]", expansions)


def show(name, values):
    print(f"const {name} = {{")
    for first in range(0, len(values), 16):
        print("    " + " ".join(f"{value:#x}," if value else "0," for value in values[first:first + 16]))
    print("};")


main()
