"""An exercise: a question that knows its answer, and why a wrong answer is wrong.

To add one, write data: the question, the worked solution as code, a second right answer, and at least three
wrong ones with their names. The solution *is* the truth: a check runs it and compares. A wrong answer is
recognised because it agrees with what the code of a known mistake gives.
"""

import ast
import copy
import linecache
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from biomedlab.exercises import progress
from biomedlab.exercises.answers import NotYet
from biomedlab.exercises.cards import Card, Verdict
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Choice, Kind
from biomedlab.exercises.running import SECONDS, Raised, Ran, run, undisturbed

_MODULES = {
    "biomedlab": "biomedlab",
    "iio": "imageio.v3",
    "ndi": "scipy.ndimage",
    "np": "numpy",
    "plt": "matplotlib.pyplot",
}


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, by name.

    Parameters
    ----------
    name : str
        What went wrong, in a few words: "bytes for pixels".
    answer : str
        Code that makes the mistake. Whatever agrees with its result is taken for this mistake.
    reason : str
        What the student did, in one sentence.
    look : str
        What to look at next.
    """

    name: str
    answer: str
    reason: str
    look: str


@dataclass
class Lesson:
    """The exercises of one notebook, and the images that they speak of.

    Parameters
    ----------
    name : str
        Name of the notebook's module in `biomedlab.exercises`.
    number : int
        Number of the chapter.
    title : str
        Title of the chapter.
    given : mapping of str to str
        Name that the notebook has defined -> the line that makes it. A check never uses the student's own
        variables, so that overwriting one does no harm. (np, plt, ndi, iio and biomedlab are always there.)
    """

    name: str
    number: int
    title: str
    given: Mapping[str, str] = field(default_factory=dict)
    exercises: dict[str, "Exercise"] = field(default_factory=dict, init=False)
    _loaded: dict[str, Any] = field(default_factory=dict, init=False)

    def evaluate(self, code: str, name: str) -> Any:
        """Run code that was written for this lesson; return its last expression, or what it calls `name`.

        Parameters
        ----------
        code : str
            Python that may use the given names.
        name : str
            Variable or function that holds the answer, where the code is no expression.

        Returns
        -------
        object
            The answer.

        Examples
        --------
        >>> Lesson("demo", 0, "Demo", {"n": "20"}).evaluate("n + 1", "answer")
        21
        """
        tree = ast.parse(code)
        space = self._names({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
        file = f"<answer {self.name}.{name}>"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
            return eval(compile(code.strip(), file, "eval"), space)
        exec(compile(code, file, "exec"), space)  # noqa: S102 - the course's own code
        return space[name]

    def _names(self, wanted: set[str]) -> dict[str, Any]:
        """Load the names that are used, each once."""
        for name in wanted & self.given.keys() - self._loaded.keys():
            self._loaded[name] = _unchanging(self.evaluate(self.given[name], name))
        modules: dict[str, Any] = {"SimpleNamespace": SimpleNamespace} | {
            name: import_module(_MODULES[name]) for name in wanted & _MODULES.keys()
        }
        return modules | {name: _own(self._loaded[name]) for name in wanted & self.given.keys()}


def _unchanging(value: Any) -> Any:
    """Keep an image as it was loaded: it is shared by all answers."""
    if hasattr(value, "setflags"):
        value.setflags(write=False)
    return value


def _own(value: Any) -> Any:
    """Give a stand-in for a widget to one answer only, which may move it."""
    return copy.copy(value) if isinstance(value, SimpleNamespace) else value


@dataclass(eq=False, repr=False)
class Exercise:
    """One exercise of a lesson.

    Parameters
    ----------
    lesson : Lesson
        Where it belongs; it enters itself there.
    name : str
        Name of the exercise and of the variable or function that holds the answer.
    title, question : str
        What is asked; words between backticks are set as code.
    kind : Kind
        What sort of answer is wanted, its unit and its tolerance.
    minutes : int
        How long it may take.
    hints : tuple of three str
        Each says more than the one before.
    worked : str
        Worked code that defines the answer's name. It is the truth that answers are compared with.
    reason : str
        Why the solution is right.
    right : tuple of str
        Code of at least one more right answer, written differently.
    mistakes : tuple of Mistake
        At least three.
    further : str
        One sentence that teaches further, shown with the reason once the answer is right.
    start : str
        What the notebook's cell holds before the student writes; made from the name if empty.
    variable : str
        What the notebook hands to `check`, where that is not the exercise's name (a widget, an Axes).
    label : str
        What kind of task it is, where the kind of answer does not say it ("find the mistake").
    """

    lesson: Lesson
    name: str
    title: str
    question: str
    kind: Kind
    minutes: int
    hints: tuple[str, str, str]
    worked: str
    reason: str
    right: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    further: str
    start: str = ""
    variable: str = ""
    label: str = ""
    _hinted: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.worked = textwrap.dedent(self.worked).strip()
        self.variable = self.variable or self.name
        self.start = textwrap.dedent(self.start).strip() or self._blank
        self.label = self.label or self.kind.label
        if self.name in self.lesson.exercises:
            raise ValueError(f"two exercises of {self.lesson.name!r} are called {self.name!r}")
        self.lesson.exercises[self.name] = self

    @property
    def _blank(self) -> str:
        """The line that a student completes."""
        if not isinstance(self.kind, Choice):
            return f"{self.variable} = ..."
        *letters, last = [f'"{key}"' for key in self.kind.options]
        return f"{self.variable} = ...  # {', '.join(letters)} or {last}"

    @property
    def key(self) -> str:
        """Lesson and name, as the progress file has it."""
        return f"{self.lesson.name}.{self.name}"

    @property
    def number(self) -> str:
        """Chapter and place in it: "1.3"."""
        return f"{self.lesson.number}.{list(self.lesson.exercises).index(self.name) + 1}"

    @property
    def markdown(self) -> str:
        """The question as the notebook shows it."""
        minutes = "1 minute" if self.minutes == 1 else f"{self.minutes} minutes"
        head = f"#### Exercise {self.number} · {self.title}\n*{self.label} · {minutes}*\n\n{self.question}"
        options = self.kind.options if isinstance(self.kind, Choice) else {}
        listed = "\n".join(f"- **{key}**: {text}" for key, text in options.items())
        how = 'Answer with one letter in quotation marks, such as `"a"`.'
        return f"{head}\n\n{listed}\n\n{how}" if listed else head

    def check(self, answer: Any = ...) -> Verdict:
        """Say whether an answer is right, and if not, why not and what to look at.

        Parameters
        ----------
        answer : object
            Whatever the student made; nothing in it can break the check.

        Returns
        -------
        Verdict
            Not attempted, not yet, right, or your code raised an error.
        """
        if run(lambda: self._untouched(answer)).value:
            return Verdict("not attempted", f"{self._head}: not attempted", (self._to_do,))
        with undisturbed():
            verdict = self._examined(answer)
        return self._noted(verdict)

    @property
    def _head(self) -> str:
        return f"Exercise {self.number}"

    @property
    def _to_do(self) -> str:
        if "..." in self.start:
            return "Put your answer in place of the dots, then run the cell again."
        if self.start == self.variable:
            return "Find the place in the view above, then run this cell again."
        return "Mend the code in this cell, then run it again."

    def _untouched(self, answer: Any) -> bool:
        if self.kind.untouched(answer):
            return True
        code = getattr(answer, "__code__", None) if isinstance(self.kind, Function) else None
        # The code that a "find the mistake" exercise hands out, and that is still as it was.
        given = code and getattr(self.lesson.evaluate(self.start, self.variable), "__code__", None)
        return bool(given) and (code.co_code, code.co_consts, code.co_names) == (
            given.co_code,
            given.co_consts,
            given.co_names,
        )

    def _examined(self, answer: Any) -> Verdict:
        cases = self.kind.cases(lambda code: self.lesson.evaluate(code, "example"))
        truth = self._observed(self.worked, cases)
        ran = run(lambda: self._seen(answer, cases))
        try:
            if ran.timed_out:
                return self._late(ran)
            if ran.error:
                return self._raised(ran.error)
            return self._judged(ran.value, truth, cases)
        except NotYet as verdict:
            return self._refused(verdict)
        except Exception as error:  # noqa: BLE001
            # The last net: whatever was handed over, the student sees a sentence and no traceback.
            return self._not_yet(f"This answer could not be examined ({type(error).__name__}).", "")

    def _seen(self, answer: Any, cases: Sequence[tuple[Any, ...]]) -> Any:
        """Observe a student's answer; a refusal is a result like any other."""
        try:
            return self.kind.observe(answer, cases)
        except NotYet as refusal:
            return refusal

    def _observed(self, code: str, cases: Sequence[tuple[Any, ...]]) -> Any:
        """Observe what the course's own code gives."""
        return self._seen(self.lesson.evaluate(code, self.variable), cases)

    def _judged(self, seen: Any, truth: Any, cases: Sequence[tuple[Any, ...]]) -> Verdict:
        if isinstance(seen, NotYet):
            raise seen
        difference = self.kind.differs(seen, truth)
        if difference is None:
            said = (self.kind.confirmed(seen), self.reason, self.further)
            return Verdict("right", f"{self._head}: right", tuple(text for text in said if text))
        known = self._known(seen, truth, cases)
        error = self.kind.error(seen)
        if error:
            return self._raised(error, known)
        if known:
            return self._not_yet(known.reason, known.look, known.name)
        self.kind.explain(seen, truth)
        return self._not_yet(difference, "")

    def _known(self, seen: Any, truth: Any, cases: Sequence[tuple[Any, ...]]) -> Mistake | None:
        """Return the known mistake that gives just what the student has."""
        for mistake in self.mistakes:
            wrong = self._observed(mistake.answer, cases)
            if not isinstance(wrong, NotYet) and self.kind.is_mistake(seen, wrong, truth):
                return mistake
        return None

    def _refused(self, refusal: NotYet) -> Verdict:
        known = next((mistake for mistake in self.mistakes if mistake.name == refusal.mistake), None)
        if known:
            return self._not_yet(known.reason, known.look, known.name)
        return self._not_yet(refusal.reason, refusal.look, refusal.mistake)

    def _not_yet(self, reason: str, look: str, mistake: str | None = None) -> Verdict:
        heading = f"{self._head}: not yet" + (f" ({mistake})" if mistake else "")
        look = look or f"For a push in the right direction: `ex.{self.name}.hint()`."
        return Verdict("not yet", heading, (reason, look), mistake=mistake)

    def _raised(self, error: Raised, known: Mistake | None = None) -> Verdict:
        where = f" in {error.line}" if error.line else ""
        first = f"`{error}`{where}".replace("\n", " ")
        rest = (known.reason, known.look) if known else (f"If you are stuck: `ex.{self.name}.hint()`.",)
        heading = f"{self._head}: your code raised an error"
        return Verdict("raised", heading, (first, *rest), mistake=known.name if known else None)

    def _late(self, ran: Ran) -> Verdict:
        where = f" at {ran.line}" if ran.line and ran.line.text else ""
        if ran.still_running:
            look = "It is inside one long call that cannot be stopped from outside; your notebook is safe."
        else:
            look = "Look for a loop that never ends, or that visits every pixel: numpy does that for you."
        return self._not_yet(f"Stopped after {SECONDS:.0f} seconds{where}.", look, "too slow")

    def _noted(self, verdict: Verdict) -> Verdict:
        """Note the attempt on disk; if that fails, say so on the card."""
        remark = progress.record(self.key, right=verdict.right)
        return replace(verdict, paragraphs=(*verdict.paragraphs, remark)) if remark else verdict

    def hint(self, number: int | None = None) -> Card:
        """Show the next of three hints, each saying more than the last; `number` picks one.

        Parameters
        ----------
        number : int, optional
            1, 2 or 3.

        Returns
        -------
        Card
            The hint.
        """
        if number is None:
            number = self._hinted = min(self._hinted + 1, 3)
        number = min(max(int(number), 1), 3)
        more = "Run the cell again for the next one." if number < 3 else f"Then: `ex.{self.name}.solution()`."
        return Card("hint", f"Hint {number} of 3", (self.hints[number - 1], more))

    def solution(self) -> Card:
        """Show worked code with the reason.

        Returns
        -------
        Card
            The solution; other ways may be as right.
        """
        return Card("solution", f"A solution of {self.number} · {self.title}", (self.reason,), self.worked)

    def reset(self) -> None:
        """Forget how far this exercise was; the student's code stays as it is."""
        self._hinted = 0
        progress.reset(self.key)

    def __repr__(self) -> str:
        return f"<exercise {self.key}: {self.title}>"
