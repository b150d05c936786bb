{#- By how much each five's own reference lies above the row's, the last close of its 60 rows; the
    keys of the windows' extremes. -#}
{% macro duckdb_rolling_shifts(relation) %}
select
    *,
    {%- for rows in range(0, 60, 5) %}
    coalesce(five_{{ rows }}_close_ref - close_ref, 0) as close_shift_{{ rows }},
    {%- endfor %}
    {%- for days in alpha158_windows() %}
    greatest({{ lagged_terms('five_{k}_high_key', range(0, days, 5)) }}) as high_key_{{ days }},
    least({{ lagged_terms('five_{k}_low_key', range(0, days, 5)) }}) as low_key_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
