{#- In DuckDB a window aggregate costs as much as a hundred additions of columns, and the lag of a
    struct hardly more than that of a number. So one sort puts the last six rows side by side, from
    which the statistics of the last five follow; then the fives that ended 0, 5, ... 55 rows ago come
    together, of which every window is made. Nothing is ever subtracted from a running sum: a value
    depends on the rows of its window alone, and both ways below add the fives up in one order, so an
    incremental build repeats a full one to the last bit. -#}
{% macro duckdb__rolling_columns(relation) %}
{%- set by_rows = duckdb_rolling_are_few_rows() %}
{%- set asked = duckdb_rolling_asked(by_rows) if by_rows else {} %}
with

recent as (
    {{ duckdb_rolling_recent(relation, asked) | indent(4) }}
),

compared as (
    {{ duckdb_rolling_compared('recent') | indent(4) }}
),

deviations as (
    {{ duckdb_rolling_deviations('compared') | indent(4) }}
),

fives as (
    {{ duckdb_rolling_fives('deviations', asked) | indent(4) }}
),

{% if by_rows -%}
{{ duckdb_rolling_by_rows('fives') }}
{%- else -%}
{{ duckdb_rolling_by_columns('fives') }}
{%- endif %}
{% endmacro %}


{#- All windows of a row side by side, for whole history. For an expression that a select says twice
    DuckDB plans one more layer of all its columns: none is said twice, hence the orders of terms and
    factors, some counts added up whole, and no nullif of more than a column. -#}
{% macro duckdb_rolling_by_columns(relation) %}
chained as (
    {{ duckdb_rolling_chained(relation) | indent(4) }}
),

shifts as (
    {{ duckdb_rolling_shifts('chained') | indent(4) }}
),

parts as (
    {{ duckdb_rolling_parts('shifts') | indent(4) }}
),

sums as (
    {{ duckdb_rolling_sums('parts') | indent(4) }}
),

moments as (
    {{ duckdb_rolling_moments('sums', alpha158_windows()) | indent(4) }}
)

{{ duckdb_rolling_results('moments', alpha158_windows()) }}
{% endmacro %}


{#- One row a window, for new rows: planning a fifth of the expressions spares more time than the
    windows of a day take to compute. The window called `days` has its length in the column `days`. -#}
{% macro duckdb_rolling_by_rows(relation) %}
listed as (
    {{ duckdb_rolling_listed(relation) | indent(4) }}
),

windows as (
    {{ duckdb_rolling_windows('listed') | indent(4) }}
),

sums as (
    {{ duckdb_rolling_totals('windows') | indent(4) }}
),

moments as (
    {{ duckdb_rolling_moments('sums', ['days']) | indent(4) }}
),

results as materialized (
    {{ duckdb_rolling_results('moments', ['days']) | indent(4) }}
)

{{ duckdb_rolling_side_by_side('results') }}
{% endmacro %}
