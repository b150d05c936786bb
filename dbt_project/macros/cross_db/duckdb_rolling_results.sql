{#- The columns that rolling_columns promises. -#}
{% macro duckdb_rolling_results(relation, windows) %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    {{ 'days,' if 'days' in windows }}
    {%- for days in windows %}
    {%- set d = '_' ~ days %}
    close{{ d }}_ago,
    least(day, {{ days }}) as rows{{ d }},
    close_ref + close_centre{{ d }} as close_mean{{ d }},
    sqrt(close_dev{{ d }} / closes_free{{ d }}) as close_std{{ d }},
    close_slope{{ d }},
    close_slope{{ d }} * sqrt(age_dev{{ d }} / nullif(close_dev{{ d }}, 0)) as close_day_corr{{ d }},
    close_ref + close_centre{{ d }} + close_slope{{ d }} * age{{ d }} / closes{{ d }} as close_line{{ d }},
    high_max{{ d }},
    low_min{{ d }},
    least(day, {{ days }}) - high_age{{ d }} + 0 * high_max{{ d }} as high_argmax{{ d }},
    least(day, {{ days }}) - low_age{{ d }} + 0 * low_min{{ d }} as low_argmin{{ d }},
    close_q20{{ d }},
    close_q80{{ d }},
    ({{ days }} + 1 - higher_closes{{ d }}) / (2 * closes{{ d }}) as close_rank{{ d }},
    sqrt(log_volume_dev{{ d }} / volumes_free{{ d }}) as log_volume_std{{ d }},
    sqrt(close_ratio_dev{{ d }} / close_changes_free{{ d }}) as close_ratio_std{{ d }},
    sqrt(volume_ratio_dev{{ d }} / volume_ratios_free{{ d }}) as volume_ratio_std{{ d }},
    {{ duckdb_rolling_correlation('traded_close', 'log_volume', 'close_log_volume', 'volumes', days) | indent(4) }} as close_log_volume_corr{{ d }},
    {{ duckdb_rolling_correlation('paired_ratio', 'volume_ratio', 'close_volume_ratio', 'volume_ratios', days) | indent(4) }} as close_volume_ratio_corr{{ d }},
    rises{{ d }} as close_rises{{ d }},
    falls{{ d }} as close_falls{{ d }},
    {%- for name in ['close', 'volume'] %}
    {{ name }}_rise{{ d }} + no_{{ name }}_change{{ d }} as {{ name }}_rise{{ d }},
    {{ name }}_fall{{ d }} + no_{{ name }}_change{{ d }} as {{ name }}_fall{{ d }},
    {%- endfor %}
    volume{{ d }} / volumes{{ d }} as volume_mean{{ d }},
    sqrt(volume_dev{{ d }} / volumes_free{{ d }}) as volume_std{{ d }},
    move{{ d }} / moves{{ d }} as move_mean{{ d }},
    sqrt(move_dev{{ d }} / moves_free{{ d }}) as move_std{{ d }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
