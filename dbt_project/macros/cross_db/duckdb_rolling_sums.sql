{#- The sums, counts and extremes of every window; a count of 0 is NULL, so that nothing is divided by it. -#}
{% macro duckdb_rolling_sums(relation) %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    cast(row_number as double precision) as day,
    close_ref,
    {%- for days in alpha158_windows() %}
    {%- set fives = range(days - 5, -5, -5) %}
    close_{{ days }}_ago,
    close_quantiles_{{ days }}[1] as close_q20_{{ days }},
    close_quantiles_{{ days }}[2] as close_q80_{{ days }},
    {%- for name in ['closes', 'volumes'] %}
    nullif({{ name }}_{{ days }}, 0) as {{ name }}_{{ days }},
    {%- endfor %}
    {%- for name in duckdb_rolling_counters() %}
    {{ duckdb_rolling_count('counters_' ~ days, name) }} as {{ name }}_{{ days }},
    {%- endfor %}
    {%- for name in duckdb_rolling_summed() %}
    {{ lagged_terms('five_{k}_' ~ name, fives, ' + ') }} as {{ name }}_{{ days }},
    {%- endfor %}
    greatest({{ lagged_terms('five_{k}_high_max', fives) }}) as high_max_{{ days }},
    least({{ lagged_terms('five_{k}_low_min', fives) }}) as low_min_{{ days }},
    {%- for name in ['high', 'low'] %}
    case
        {%- for rows in fives %}
        when five_{{ rows }}_{{ name }}_key = {{ name }}_key_{{ days }} then {{ rows }} + five_{{ rows }}_{{ name }}_age
        {%- endfor %}
    end as {{ name }}_age_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
