"""Filtering, grouping and ordering a table of records.

Exercises: list, set and dictionary comprehensions (nested and with conditions),
`sorted` and `list.sort` with lambdas, closures, `operator` getters and tuple
keys, stable multi-pass sorting, `min`, `max`, `sum`, `any` with generator
expressions, closures over variables.
Does not exercise: text processing, deep calls, writing to attributes.
"""
import operator

import pyperf

COUNT = 3200
EXPECTED = (2244, 1125305, 1117254, 60, 36, 947, 19673)


class Record:
    def __init__(self, number, city, age, score):
        self.number = number
        self.city = city
        self.age = age
        self.score = score


def make_records():
    state = 1234567
    cities = ("oslo", "lima", "bern", "rome", "kyiv", "riga", "baku")
    records = []
    for number in range(COUNT):
        state = (state * 1103515245 + 12345) % 2147483648
        records.append(Record(number, cities[(state >> 20) % 7], 18 + (state >> 9) % 60,
                              (state >> 13) % 1000 / 8))
    return records


def between(field, low, high):
    """A predicate; the bounds live in its closure."""
    get = operator.attrgetter(field)

    def test(record):
        return low <= get(record) < high
    return test


def both(first, second):
    return lambda record: first(record) and second(record)


def distance_from(age):
    def key(record):
        apart = record.age - age
        return apart * apart, record.number
    return key


def counter():
    calls = 0

    def count(record):
        nonlocal calls
        calls += 1
        return -record.score, calls
    return count


def position_sum(records):
    total = 0
    for position, record in enumerate(records):
        total += position * record.number % 701
    return total


def workload(records):
    by_score = sorted(records, key=lambda record: (record.score, record.number))
    by_place = sorted(records, key=operator.attrgetter("city", "age", "number"))
    stable = list(records)
    stable.sort(key=lambda record: record.age, reverse=True)
    stable.sort(key=operator.attrgetter("city"))
    near = sorted(records, key=distance_from(40))[:COUNT // 4]
    counted = sorted(near, key=counter())

    wanted = both(between("age", 30, 50), between("score", 20.0, 80.0))
    chosen = [record for record in records if wanted(record)]
    groups = {}
    for record in chosen:
        groups.setdefault(record.city, []).append(record)
    oldest = {city: max(group, key=lambda record: (record.age, record.number)).number
              for city, group in groups.items()}
    pairs = [(first.number, second.number)
             for group in groups.values()
             for first in group[:9] for second in group[-9:]
             if first.age < second.age]
    ages = {record.age for record in records if record.score > 60 and record.city != "rome"}
    young = min((record for record in records if record.score > 100), key=lambda r: (r.age, r.number))
    lucky = sum(1 for record in records if any(record.age % n == 0 for n in (7, 11, 13)))
    return (by_score[-1].number if by_score[0].score <= by_score[-1].score else -1,
            position_sum(by_place), position_sum(stable), len(ages),
            counted[0].age, lucky, sum(oldest.values()) + len(pairs) + young.number)


def check(records):
    result = workload(records)
    if result != EXPECTED:
        raise ValueError("record_queries: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    RECORDS = make_records()
    check(RECORDS)
    pyperf.Runner().bench_func("record_queries", workload, RECORDS)
