{#- The sums, counts and extremes of each row's window, its parts added up oldest first, and the
    quantiles of its closes, as duckdb_rolling_sums and duckdb_rolling_quantiles have them. A slot
    before a ticker's first row counts as a higher close. -#}
{% macro duckdb_rolling_totals(relation) %}
with

reduced as (
    select
        *,
        {{ duckdb_rolling_reduced('parts') | indent(8) }} as total,
        case
            when days = 5 and sorted_closes[5] < 'infinity'
                then [
                    sorted_closes[1] + 0.8 * (sorted_closes[2] - sorted_closes[1]),
                    sorted_closes[4] + 0.2 * (sorted_closes[5] - sorted_closes[4])
                ]
            when days = 10 and sorted_closes[10] < 'infinity'
                then [
                    0.2 * sorted_closes[2] + 0.8 * sorted_closes[3],
                    0.8 * sorted_closes[8] + 0.2 * sorted_closes[9]
                ]
            else {{ duckdb_rolling_quantiles_of('sorted_closes') }}
        end as close_quantiles
    from {{ relation }}
)

select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    cast(row_number as double precision) as day,
    close_ref,
    days,
    close_days_ago,
    close_quantiles[1] as close_q20_days,
    close_quantiles[2] as close_q80_days,
    {%- for name in duckdb_rolling_terms() | list + ['high_max', 'low_min', 'high_age', 'low_age'] %}
    total.{{ name }} as {{ name }}_days,
    {%- endfor %}
    total.higher_closes + days - least(days, 5 * len(fives)) as higher_closes_days,
    {%- for name in duckdb_rolling_counters() %}
    {{ duckdb_rolling_count('total.counters', name) }} as {{ name }}_days,
    {%- endfor %}
    nullif(total.closes, 0) as closes_days,
    nullif(total.volumes, 0) as volumes_days
from reduced
{%- endmacro %}
