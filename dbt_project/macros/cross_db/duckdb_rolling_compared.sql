{#- The last five rows' series, each row compared with the row before, and their extremes. -#}
{% macro duckdb_rolling_compared(relation) %}
select
    *,
    {%- for k in range(5) %}
    {%- for name in ['close', 'volume', 'log_volume'] %}
    bar_{{ k }}.{{ name }} as {{ name }}_{{ k }},
    {%- endfor %}
    {%- for name, series in alpha158_changes('bar_' ~ k ~ '.', 'bar_' ~ (k + 1) ~ '.').items() %}
    {{ series }} as {{ name }}_{{ k }},
    {%- endfor %}
    coalesce(bar_{{ k }}.close, 'infinity') as sortable_{{ k }},
    {%- endfor %}
    greatest({{ lagged_terms('bar_{k}.high', range(5)) }}) as high_max,
    least({{ lagged_terms('bar_{k}.low', range(5)) }}) as low_min,
    greatest({{ lagged_terms('bar_{k}.high_key', range(5)) }}) as high_key,
    least({{ lagged_terms('bar_{k}.low_key', range(5)) }}) as low_key
from {{ relation }}
{%- endmacro %}
