{#- In DuckDB a window aggregate costs as much as a hundred additions of columns, and the lag of a
    struct hardly more than that of a number. So there are two sorts only: the first puts the last
    six rows side by side, from which the statistics of the last five follow; the second puts side
    by side the fives that ended 0, 5, ... 55 rows ago, of which every window is made. Nothing is
    ever subtracted from a running sum: a value depends on the rows of its window alone, so an
    incremental build repeats it to the last bit. For an expression that a select says twice DuckDB
    plans one more layer of all its columns: none is said twice, hence the orders of terms and factors,
    some counts added up whole, and no nullif of more than a column. -#}
{% macro duckdb__rolling_columns(relation) %}
with

recent as (
    {{ duckdb_rolling_recent(relation) | indent(4) }}
),

compared as (
    {{ duckdb_rolling_compared('recent') | indent(4) }}
),

deviations as (
    {{ duckdb_rolling_deviations('compared') | indent(4) }}
),

fives as (
    {{ duckdb_rolling_fives('deviations') | indent(4) }}
),

chained as (
    {{ duckdb_rolling_chained('fives') | indent(4) }}
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
    {{ duckdb_rolling_moments('sums') | indent(4) }}
)

{{ duckdb_rolling_results('moments') }}
{% endmacro %}
