{#- Sums of squares about the mean (`_dev`, never below zero), degrees of freedom (NULL for one
    value) and the slope: regression on age, rows before today, which runs against time. -#}
{% macro duckdb_rolling_moments(relation, windows) %}
with

centred as (
    select
        *,
        {%- for days in windows %}
        {%- for count in ['closes', 'volumes', 'moves', 'close_changes', 'volume_ratios'] %}
        case when {{ count }}_{{ days }} > 1 then {{ count }}_{{ days }} - 1 end as {{ count }}_free_{{ days }},
        {%- endfor %}
        {%- for name, count in [
            ['close', 'closes'],
            ['volume', 'volumes'],
            ['log_volume', 'volumes'],
            ['move', 'moves'],
            ['traded_close', 'volumes'],
            ['close_ratio', 'close_changes'],
            ['paired_ratio', 'volume_ratios'],
            ['volume_ratio', 'volume_ratios'],
        ] %}
        {%- set x = name ~ '_' ~ days %}
        abs({{ name }}_squares_{{ days }} - {{ x }} * {{ x }} / {{ count }}_{{ days }}) as {{ name }}_dev_{{ days }},
        {%- endfor %}
        close_{{ days }} / closes_{{ days }} as close_centre_{{ days }},
        {%- for name in ['close', 'volume'] %}
        0 * {{ name }}_changes_{{ days }} as no_{{ name }}_change_{{ days }},
        {%- endfor %}
        age_squares_{{ days }} - age_{{ days }} * age_{{ days }} / closes_{{ days }} as age_dev_{{ days }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
)

select
    *,
    {%- for days in windows %}
    case
        when age_dev_{{ days }} > 0
            then (age_{{ days }} * close_centre_{{ days }} - age_close_{{ days }}) / age_dev_{{ days }}
    end as close_slope_{{ days }}{{ ',' if not loop.last }}
    {%- endfor %}
from centred
{%- endmacro %}
