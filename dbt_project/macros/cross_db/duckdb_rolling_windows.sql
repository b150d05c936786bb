{#- Each new row once for each window: its length, its fives moved to the row's reference, its closes
    sorted. -#}
{% macro duckdb_rolling_windows(relation) %}
{%- set windows = alpha158_windows() %}
{%- set age = '5 * (len(fives) - place)' %}
{%- set moved = duckdb_rolling_moved('five.', 'coalesce(five.close_ref - close_ref, 0)', age) %}
with

moved as (
    select
        *,
        list_transform(
            fives,
            lambda five, place: struct_pack(
                {%- for name in duckdb_rolling_summed() %}
                {{ name }} := {{ moved.get(name, 'five.' ~ name) }},
                {%- endfor %}
                {%- for name in ['closes', 'volumes', 'counters', 'high_max', 'low_min', 'high_key', 'low_key'] %}
                {{ name }} := five.{{ name }},
                {%- endfor %}
                high_age := {{ age }} + five.high_age,
                low_age := {{ age }} + five.low_age
            )
        ) as moved_fives,
        list_transform(fives, lambda five: [{{ lagged_terms('five.close_{k}', range(1, 6)) }}]) as closes
    from {{ relation }}
)

select
    * exclude (moved_fives, closes),
    unnest({{ windows }}) as days,
    unnest([{{ lagged_terms('close_{k}_ago', windows) }}]) as close_days_ago,
    unnest([{{ lagged_terms('moved_fives[-{k} // 5:]', windows) }}]) as moved_fives,
    unnest([{{ lagged_terms('list_sort(flatten(closes[-{k} // 5:]))', windows) }}]) as sorted_closes
from moved
{%- endmacro %}
