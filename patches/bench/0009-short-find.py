"""Searches for few characters in a text of words, by the needle's length; above 5 the patch changes nothing."""

TEXT = "text = 'the quick brown fox jumps over the lazy dog, again and again; ' * 64"
WORK = {f"find {len(needle)}": (f"text.find({needle!r})", TEXT) for needle in ("zx", "zox", "laxy", "brawn", "brawns", "againagain")}
WORK.update({f"count {len(needle)}": (f"text.count({needle!r})", TEXT) for needle in ("ow", "fox", "brown")})
WORK["replace 2"] = ("text.replace('; ', '-')", TEXT)
WORK["in, 40 characters"] = ("'zox' in text", "text = 'the quick brown fox jumps over the lazy '")
WORK["bytes.find 2"] = ("data.find(b'\\r\\n')", "data = b'GET / HTTP/1.1 and more and more and more' * 100")
# Where every place looks like one.
WORK["count 2 in aaaa"] = ("text.count('aa')", "text = 'a' * 4096")
WORK["find 5 in aaaa"] = ("text.find('aabaa')", "text = 'a' * 4096")
WORK["find 4 in abab"] = ("text.find('abbb')", "text = 'ab' * 2048")
