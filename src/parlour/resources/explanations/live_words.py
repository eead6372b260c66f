"""Says why the clients of a user were shown something live, or were not, as far as that is recorded."""

from collections.abc import Sequence

from msgspec.structs import asdict

from parlour.contract.explain import Sentence
from parlour.resources.explanations.life_words import at_time
from parlour.resources.explanations.model import PartTaken

_UNRECORDED = (
    " Which clients were connected is recorded in the server's log only: the lines `logged in` and `session ended`."
)


def of_user(identity: str, has_user: bool, parts: Sequence[PartTaken], event_id: int) -> Sentence:
    """Why the user saw or missed what happened under the number *event_id*; *parts*: how they took part, the first
    first. A user is shown what happens while they take part, and needs no permission for it."""
    facts = {"identity": identity, "event_id": event_id, "took_part": [asdict(each) for each in parts]}
    if not has_user and not parts:
        text = f"No user of the service has the identity {identity}, so no client has ever logged in with it."
        return Sentence(text, facts)
    if not parts:
        return Sentence(f"{identity} never took part in the conversation, so no client of theirs is shown it.", facts)
    then = next((each for each in parts if each.is_during(event_id)), None)
    if then is None:
        return Sentence(_missed(identity, parts, event_id), facts)
    left = ""
    if then.removed_at is not None:
        left = f" {identity} left or was removed later, on {at_time(then.removed_at)}."
        if parts[-1].until is not None:
            left += " From then on no client of theirs is shown it."
    return Sentence(
        f"{identity} took part when it happened: their clients that were connected and had subscribed to the"
        f" conversation were shown it live, the others as they subscribed the next time.{left}{_UNRECORDED}",
        facts,
    )


def _missed(identity: str, parts: Sequence[PartTaken], event_id: int) -> str:
    """Why nobody could show it live."""
    before = [each for each in parts if each.until is not None and each.until < event_id]
    is_back = parts[-1].until is None
    if not before:
        text = f"{identity} did not take part yet when it happened, so nothing was shown live."
    else:
        removed = before[-1].removed_at
        when = f" on {at_time(removed)}" if removed is not None else ""
        text = f"{identity} had left or been removed{when}, before it happened, so nothing was shown live."
    if is_back:
        return f"{text} {identity} takes part now: clients find it when they load the conversation."
    return f"{text} {identity} does not take part now either, so no client of theirs is shown it."
