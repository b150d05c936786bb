"""The page about a run: what is stored, whole, escaped, and in need of nothing else."""

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from models_ml.errors import MlxError
from models_ml.project import Project
from models_ml.report.sections import Costs, section_of
from models_ml.report.stored import find_run
from tests.inprocess import mlx, project_of
from tests.sandbox import Sandbox

# Tables of a run that a second horizon is made from.
TABLES = {
    "cv_preds": "run_id, fold, ticker, dt, 5, yhat, yhat_std, prob_up, yhat_lo, yhat_hi, level, "
    "label",
    "cv_folds": "run_id, 5, fold, role, dt_from, dt_to, n_dates, n_rows",
    "cv_metrics": "run_id, 5, fold, metric, value",
    "feature_importance": "run_id, 5, fold, feature, gain, splits",
    "models": "model_id || '-5', run_id, learner, 5, target, features, params, uncertainty, model, "
    "sha256, alias, created_at",
}  # fmt: skip
LINKING = {"href", "src", "srcset", "action", "xlink:href"}
SMUGGLED = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Tags, attributes and the cells of tables of an HTML page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.words = ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in {"td", "th"}
        if self._cell:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in {"td", "th"}


@pytest.fixture(scope="module")
def told(trained: Sandbox) -> Iterator[Sandbox]:
    """Database with a run of two horizons whose target was given by an enemy."""
    for table, columns in TABLES.items():
        trained.execute(f"insert into ml.{table} select {columns} from ml.{table}")
    trained.execute(f"update ml.runs set target = '{SMUGGLED.replace(chr(39), chr(39) * 2)}'")
    yield trained


def page_of(sandbox: Sandbox, *args: str) -> tuple[str, Page]:
    document = mlx(sandbox, "report", "--out", "r.html", "--json", *args).ok().json()
    text = (sandbox.folder / "r.html").read_text()
    assert document["n_bytes"] == len(text.encode())
    return text, Page(text)


def project(sandbox: Sandbox) -> Project:
    return project_of(sandbox)


def test_the_page_is_of_the_champion_and_needs_nothing_else(told: Sandbox) -> None:
    ((run_id,),) = told.rows("select distinct run_id from ml.models where alias = 'champion'")
    text, page = page_of(told)
    assert f"<h1>Training run {run_id}</h1>" in text
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not LINKING & page.attributes
    assert "@import" not in text and "url(" not in text
    assert page.tags.count("h2") == 3, "two horizons and the configuration"
    assert page.tags.count("svg") == 2 * 8
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", page.words.lower())


def test_what_is_stored_is_escaped(told: Sandbox) -> None:
    text, page = page_of(told, "--horizon", "1")
    assert SMUGGLED in page.words
    assert SMUGGLED not in text
    assert page.tags.count("h2") == 2


def test_the_scores_are_those_of_the_tables(told: Sandbox) -> None:
    _, page = page_of(told, "--horizon", "1")
    rows = told.rows("select fold, metric, value from ml.cv_metrics where horizon = 1")
    stored = {(fold, metric): value for fold, metric, value in rows}
    shown = {row[0]: row for row in page.rows if len(row) == 11}
    for fold, name in ((-1, "all"), (0, "0"), (1, "1"), (2, "2")):
        for position, metric in ((2, "ic"), (3, "rank_ic"), (7, "ridge_ic"), (10, "ridge_rmse")):
            assert shown[name][position] == f"{stored[fold, metric]:.4f}", (name, metric)
    assert f"{stored[-1, 'ic_t_newey_west']:.2f} by Newey and West" in page.words
    assert "Best of 1 trial ever run" in page.words


def test_intervals_and_features_are_those_of_the_tables(told: Sandbox) -> None:
    _, page = page_of(told, "--horizon", "1")
    ((inside,),) = told.rows(
        "select avg(case when label between yhat_lo and yhat_hi then 1.0 else 0.0 end) "
        "from ml.cv_preds where horizon = 1"
    )
    assert 0.5 < inside < 1
    assert f"{inside:.1%} of the returns came true inside" in page.words
    gains = told.rows(
        "select feature, sum(gain) from ml.feature_importance where horizon = 1 group by feature"
    )
    total = sum(gain for _, gain in gains)
    gains.sort(key=lambda row: (-row[1], row[0]))
    expected = [[name, f"{gain / total:.1%}"] for name, gain in gains[:20]]
    position = page.rows.index(["feature", "share of gain", "description"])
    assert [row[:2] for row in page.rows[position + 1 : position + 21]] == expected


def test_a_book_before_costs_earns_the_spread_of_each_day(told: Sandbox) -> None:
    """The spread is another program's work: that of the daily scores that training stored."""
    run = find_run(project(told), None, 1)
    free, dear = (section_of(run, run.models[0], costs).book for costs in (Costs(0, 0), Costs(10)))
    assert free is not None and dear is not None
    spread = dict(told.rows("select dt, spread from ml.trial_days where horizon = 1"))
    expected = [spread[day.astype(date)] or 0.0 for day in free.days.astype("datetime64[D]")]
    np.testing.assert_allclose(free.gross, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(free.net, free.gross)
    np.testing.assert_allclose(
        dear.gross - dear.net, 0.001 * dear.turnover + 0.005 / 252 * dear.short, atol=1e-15
    )
    assert dear.turnover.sum() > 1


def test_longer_horizons_trade_tranches_on_returns_of_one_day(told: Sandbox) -> None:
    run = find_run(project(told), None, 5)
    book = section_of(run, run.models[0], Costs(0, 0)).book
    alone = find_run(project(told), None, 1)
    daily = section_of(alone, alone.models[0], Costs(0, 0)).book
    assert book is not None and daily is not None
    assert book.turnover.mean() < 0.7 * daily.turnover.mean()
    n_priced = told.rows(
        "select count(distinct dt) from mart.labels where dt between "
        "(select min(dt) from ml.cv_preds) and (select max(dt) from ml.cv_preds)"
    )
    assert [(book.days.size,)] == n_priced


def test_a_run_older_than_the_ledger_says_so(told: Sandbox) -> None:
    _, page = page_of(told, "--horizon", "5")
    assert "it is older than the ledger" in page.words


def test_tables_not_built_are_left_out_but_a_lost_connection_is_an_error(
    told: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = find_run(project(told), None, 1)
    assert len(run.feature_docs()) > 100
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(Project, "mart", "nowhere")
        assert run.feature_docs() == {}

    def lost(*_: object) -> NoReturn:
        raise MlxError("no connection")

    monkeypatch.setattr(type(run.warehouse), "read", lost)
    with pytest.raises(MlxError, match="no connection"):
        run.feature_docs()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--run", "train-x"), "there is no training run train-x"),
        (("--horizon", "20"), "there is no champion for horizon 20"),
        (("--out", "nowhere/r.html"), "cannot write nowhere/r.html: No such file or directory"),
    ],
)
def test_what_cannot_be_told_is_an_error(
    told: Sandbox, arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    result = mlx(told, "report", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"error: {said}" in result.stderr


def test_a_run_without_that_horizon_names_those_it_has(told: Sandbox) -> None:
    ((run_id,),) = told.rows("select run_id from ml.runs where kind = 'train'")
    result = mlx(told, "report", "--run", run_id, "--horizon", "20")
    assert f"run {run_id} has no model of horizon 20" in result.stderr
    assert "next:  --horizon 1, 5" in result.stderr
