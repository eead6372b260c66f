"""The page at ``/parlour/v1/compat`` for a browser."""

from collections.abc import Iterable, Iterator
from html import escape

from parlour.compat.usage import Counts, Usage, Used
from parlour.http.html import page


def compat_page(account_sid: str, usage: Usage) -> str:
    """The whole page about what the account *account_sid* has used."""
    parts = [
        f"<h1>Compatibility of account <code>{escape(account_sid)}</code></h1>",
        *_summary(usage),
        _operations(usage.operations),
        _counted("Not served", "Call", usage.unserved),
        _counted("Libraries", "Library", usage.sdks),
        _section("What differs everywhere", _list(usage.differences)) if usage.operations else "",
    ]
    return page("Compatibility: parlour", "".join(parts))


def _summary(usage: Usage) -> Iterator[str]:
    first, _, rest = usage.summary.partition(". ")
    yield f'<p class="summary">{escape(first.rstrip("."))}.</p>'
    if rest:
        yield f'<p class="warn">{escape(rest)}</p>'
    when = _when(usage)
    if when:
        yield f'<p class="soft">{when}</p>'


def _when(usage: Usage) -> str:
    if usage.first_at is None or usage.last_at is None:
        more = "Calls to the API are counted from now on; this page shows them after a reload."
        return more if usage.is_counting else ""
    return f"Counted from {usage.first_at:%Y-%m-%d %H:%M} to {usage.last_at:%Y-%m-%d %H:%M} UTC."


def _operations(operations: Iterable[Used]) -> str:
    rows = "".join(_operation(each) for each in operations)
    headings = '<th>Operation</th><th>Verdict</th><th class="number">Calls</th><th>Parameters</th><th>Refused with</th>'
    return _section("Operations", _table(headings, rows)) if rows else ""


def _operation(used: Used) -> str:
    own = f'<p class="soft">parlour\'s own: {_names(used.own_parameters)}</p>' if used.own_parameters else ""
    unknown = f'<p class="warn">ignored: {_ignored(used)}</p>' if used.unknown_parameters else ""
    beyond = (
        f'<p class="warn">the original would have:<br>{_counts(used.would_refuse)}</p>' if used.would_refuse else ""
    )
    return (
        f"<tr><td><p>{escape(used.operation)}</p>"
        f'<p class="path"><code>{_path(f"{used.method} {used.path}")}</code></p></td><td>{_verdict(used)}</td>'
        f'<td class="number">{used.count:,}</td><td>{_names(used.parameters)}{own}{unknown}</td>'
        f"<td>{_counts(used.errors)}{beyond}</td></tr>"
    )


def _verdict(used: Used) -> str:
    if used.is_verified:
        return '<span class="verdict good">verified</span>'
    return f'<details><summary class="verdict warn">differs</summary>{_list(used.differences)}</details>'


def _counted(title: str, heading: str, counts: Counts) -> str:
    rows = "".join(
        f'<tr><td><code>{_path(name)}</code></td><td class="number">{count:,}</td></tr>'
        for name, count in counts.items()
    )
    return _section(title, _table(f'<th>{heading}</th><th class="number">Calls</th>', rows)) if rows else ""


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}"


def _table(headings: str, rows: str) -> str:
    return f'<div class="wide"><table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table></div>'


def _path(path: str) -> str:
    """*path*, which may go on in another line after each slash."""
    return escape(path).replace("/", "/<wbr>")


def _names(counts: Counts) -> str:
    return ", ".join(f"<code>{escape(name)}</code>" for name in counts)


def _ignored(used: Used) -> str:
    """The names that the operation does not have, each with the one that was probably meant."""
    return ", ".join(
        f"<code>{escape(name)}</code>" + (f" (<code>{escape(used.meant[name])}</code>?)" if name in used.meant else "")
        for name in used.unknown_parameters
    )


def _counts(counts: Counts) -> str:
    return "<br>".join(
        f'<span class="number"><code>{escape(code)}</code> &times; {count:,}</span>' for code, count in counts.items()
    )


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_prose(each)}</li>' for each in sentences)}</ul>"


def _prose(sentence: str) -> str:
    """*sentence* with what stands between backticks as code."""
    return "".join(
        f"<code>{escape(part)}</code>" if number % 2 else escape(part)
        for number, part in enumerate(sentence.split("`"))
    )
