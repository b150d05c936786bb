{#- The reference of a row's windows, and by how much each five's own reference lies above it; how
    many values each five has; the keys of the windows' extremes. -#}
{% macro duckdb_rolling_shifts(relation) %}
with

referenced as (
    select
        *,
        {%- for name in duckdb_rolling_centred() %}
        coalesce({{ lagged_terms('five_{k}.' ~ name ~ '_ref', range(0, 60, 5)) }}) as {{ name }}_ref{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
)

select
    *,
    {%- for rows in range(0, 60, 5) %}
    {%- for name in duckdb_rolling_centred() %}
    coalesce(five_{{ rows }}.{{ name }}_ref - {{ name }}_ref, 0) as {{ name }}_shift_{{ rows }},
    {%- endfor %}
    {%- for name in ['closes', 'volumes', 'moves'] %}
    {{ duckdb_rolling_count('five_' ~ rows ~ '.counters', name) }} as {{ name }}_{{ rows }}_ago,
    {%- endfor %}
    {%- endfor %}
    {%- for days in alpha158_windows() %}
    greatest({{ lagged_terms('five_{k}.high_key', range(0, days, 5)) }}) as high_key_{{ days }},
    least({{ lagged_terms('five_{k}.low_key', range(0, days, 5)) }}) as low_key_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}
from referenced
{%- endmacro %}
