{#- The reference of a row's windows, and by how much each five's own reference lies above it; how
    many values each five has; the keys of the windows' extremes. -#}
{% macro duckdb_rolling_shifts(relation) %}
with

referenced as (
    select
        *,
        coalesce({{ lagged_terms('five_{k}.close_ref', range(0, 60, 5)) }}) as close_ref
    from {{ relation }}
)

select
    *,
    {%- for rows in range(0, 60, 5) %}
    coalesce(five_{{ rows }}.close_ref - close_ref, 0) as close_shift_{{ rows }},
    {%- for name in ['closes', 'volumes'] %}
    {{ duckdb_rolling_count('five_' ~ rows ~ '.counters', name) }} as {{ name }}_{{ rows }}_ago,
    {%- endfor %}
    {%- endfor %}
    {%- for days in alpha158_windows() %}
    greatest({{ lagged_terms('five_{k}.high_key', range(0, days, 5)) }}) as high_key_{{ days }},
    least({{ lagged_terms('five_{k}.low_key', range(0, days, 5)) }}) as low_key_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}
from referenced
{%- endmacro %}
