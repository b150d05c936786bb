{#- Each window's own part of the sums, the rows that the next shorter window lacks, its fives moved to
    the row's reference and added up oldest first; its counts and extremes. -#}
{% macro duckdb_rolling_parts(relation) %}
{%- set moved = duckdb_rolling_moved('five_{k}_', 'close_shift_{k}', '{k}') %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    cast(row_number as double precision) as day,
    close_ref,
    {%- for days in alpha158_windows() %}
    {%- set shorter = 0 if loop.first else loop.previtem %}
    close_{{ days }}_ago,
    {{ duckdb_rolling_quantiles(days) ~ ' as ' if days <= 10 }}close_quantiles_{{ days }},
    {%- for name in duckdb_rolling_summed() %}
    {%- set term = moved.get(name, 'five_{k}_' ~ name) %}
    {{ lagged_terms(term, range(days - 5, shorter - 5, -5), ' + ') }} as {{ name }}_part_{{ days }},
    {%- endfor %}
    {%- for name in ['closes', 'volumes', 'counters'] %}
    {{ lagged_terms('five_{k}_' ~ name, range(days - 5, -5, -5), ' + ') }} as {{ name }}_{{ days }},
    {%- endfor %}
    greatest({{ lagged_terms('five_{k}_high_max', range(0, days, 5)) }}) as high_max_{{ days }},
    least({{ lagged_terms('five_{k}_low_min', range(0, days, 5)) }}) as low_min_{{ days }},
    {%- for name in ['high', 'low'] %}
    case
        {%- for rows in range(days - 5, -5, -5) %}
        when five_{{ rows }}_{{ name }}_key = {{ name }}_key_{{ days }} then {{ rows }} + five_{{ rows }}_{{ name }}_age
        {%- endfor %}
    end as {{ name }}_age_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
