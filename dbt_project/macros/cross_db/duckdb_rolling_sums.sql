{#- The sums and counts of every window; a count of 0 is NULL, so that nothing is divided by it. -#}
{% macro duckdb_rolling_sums(relation) %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    day,
    close_ref,
    {%- for days in alpha158_windows() %}
    {%- set parts = (alpha158_windows()[:loop.index] | reverse | list) %}
    close_{{ days }}_ago,
    close_quantiles_{{ days }}[1] as close_q20_{{ days }},
    close_quantiles_{{ days }}[2] as close_q80_{{ days }},
    {%- for name in ['high_max', 'low_min', 'high_age', 'low_age'] %}
    {{ name }}_{{ days }},
    {%- endfor %}
    {%- for name in duckdb_rolling_summed() %}
    {{ lagged_terms(name ~ '_part_{k}', parts, ' + ') }} as {{ name }}_{{ days }},
    {%- endfor %}
    {%- for name in ['closes', 'volumes'] %}
    nullif({{ name }}_{{ days }}, 0) as {{ name }}_{{ days }},
    {%- endfor %}
    {%- for name in duckdb_rolling_counters() %}
    {{ duckdb_rolling_count('counters_' ~ days, name) }} as {{ name }}_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
