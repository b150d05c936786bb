{#- Each new row once for each window: its length, the parts of its sums as in duckdb_rolling_parts, its
    closes sorted. Before a ticker's first row there are no parts. -#}
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
),

added as (
    select
        *,
        list_transform(
            list_filter(
                [
                    {%- for days in windows | reverse %}
                    {%- set shorter = 0 if loop.last else loop.nextitem %}
                    moved_fives[-{{ days // 5 }}:-{{ shorter // 5 + 1 }}]{{ ',' if not loop.last }}
                    {%- endfor %}
                ],
                lambda part: len(part) > 0
            ),
            lambda part: {{ duckdb_rolling_reduced('part') | indent(12) }}
        ) as parts
    from moved
)

select
    * exclude (moved_fives, closes, parts),
    unnest({{ windows }}) as days,
    unnest([{{ lagged_terms('close_{k}_ago', windows) }}]) as close_days_ago,
    unnest([{{ lagged_terms('parts[-{k}:]', range(1, 1 + windows | length)) }}]) as parts,
    unnest([{{ lagged_terms('list_sort(flatten(closes[-{k} // 5:]))', windows) }}]) as sorted_closes
from added
{%- endmacro %}
