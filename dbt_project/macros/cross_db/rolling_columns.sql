{% macro rolling_columns(relation, context='false') %}
    {{- return(adapter.dispatch('rolling_columns', 'mlx')(relation, context)) -}}
{% endmacro %}


{#- PostgreSQL computes a window of double precision anew for every row, and a lag costs as much as
    fifteen additions. So a ticker's days become arrays, and windows are put together from the
    windows of five and ten days that end 5, 10, ... 50 days ago. Nothing is ever subtracted from a
    running sum: a value depends on the rows of its window alone. -#}
{% macro default__rolling_columns(relation, context) %}
with

daily as (
    {{ array_columns(relation, rolling_arrays(), context) | indent(4) }}
),

fives as (
    {{ array_windows('daily', [1, 2, 3, 4], rolling_fives(), rolling_five_columns()) | indent(4) }}
),

tens as (
    {{ array_windows('fives', [5], rolling_tens(), rolling_ten_columns()) | indent(4) }}
),

thirties as (
    {{ array_windows('tens', [10, 20], rolling_thirties(), rolling_thirty_columns()) | indent(4) }}
),

windows as (
    {{ rolling_layers('thirties') | indent(4) }}
)

select * from windows
{% endmacro %}


{% macro rolling_aggregates(days) %}
    {%- set w = 'over last_' ~ days %}
    lag(close, {{ days }}) over by_day as close_{{ days }}_ago,
    cast(count(*) {{ w }} as double precision) as rows_{{ days }},
    avg(close) {{ w }} as close_mean_{{ days }},
    stddev_samp(close) {{ w }} as close_std_{{ days }},
    case when count(close) {{ w }} > 1 then regr_slope(close, day) {{ w }} end as close_slope_{{ days }},
    case when count(close) {{ w }} > 1 then corr(close, day) {{ w }} end as close_day_corr_{{ days }},
    case
        when count(close) {{ w }} > 1
            then regr_slope(close, day) {{ w }} * (day - regr_avgx(close, day) {{ w }}) + avg(close) {{ w }}
    end as close_line_{{ days }},
    max(high) {{ w }} as high_max_{{ days }},
    min(low) {{ w }} as low_min_{{ days }},
    stddev_samp(log_volume) {{ w }} as log_volume_std_{{ days }},
    stddev_samp(close_ratio) {{ w }} as close_ratio_std_{{ days }},
    stddev_samp(volume_ratio) {{ w }} as volume_ratio_std_{{ days }},
    nullif(corr(close, log_volume) {{ w }}, 'NaN') as close_log_volume_corr_{{ days }},
    nullif(corr(close_ratio, volume_ratio) {{ w }}, 'NaN') as close_volume_ratio_corr_{{ days }},
    cast(sum(case when close_change > 0 then 1 else 0 end) {{ w }} as double precision) as close_rises_{{ days }},
    cast(sum(case when close_change < 0 then 1 else 0 end) {{ w }} as double precision) as close_falls_{{ days }},
    sum((abs(close_change) + close_change) / 2) {{ w }} as close_rise_{{ days }},
    sum((abs(close_change) - close_change) / 2) {{ w }} as close_fall_{{ days }},
    sum((abs(volume_change) + volume_change) / 2) {{ w }} as volume_rise_{{ days }},
    sum((abs(volume_change) - volume_change) / 2) {{ w }} as volume_fall_{{ days }},
    avg(volume) {{ w }} as volume_mean_{{ days }},
    stddev_samp(volume) {{ w }} as volume_std_{{ days }},
    avg(move) {{ w }} as move_mean_{{ days }},
    stddev_samp(move) {{ w }} as move_std_{{ days }},
{%- endmacro %}


{% macro rolling_windows() %}
    window
        by_day as (partition by ticker order by dt)
        {%- for days in alpha158_windows() %},
        last_{{ days }} as (partition by ticker order by dt rows {{ days - 1 }} preceding)
        {%- endfor %}
{%- endmacro %}


{% macro duckdb__rolling_columns(relation, context) %}
select
    *,
    {%- for days in alpha158_windows() %}
    {{- rolling_aggregates(days) }}
    {%- set w = 'over last_' ~ days %}
    quantile_cont(close, 0.2) {{ w }} as close_q20_{{ days }},
    quantile_cont(close, 0.8) {{ w }} as close_q80_{{ days }},
    (
        1
        {%- for k in range(1, days) %}
        + coalesce(cast(lag(close, {{ k }}) over by_day < close as integer), 0)
        + coalesce(cast(lag(close, {{ k }}) over by_day <= close as integer), 0)
        {%- endfor %}
        + 1 - 0 * close
    ) / 2 / count(close) {{ w }} as close_rank_{{ days }},
    {%- for x, f in [['high', 'max'], ['low', 'min']] %}
    coalesce(
        min(case when {{ x }} is null then day end) {{ w }},
        arg_{{ f }}(day, {{ x }}) {{ w }}
    ) - day + least(day, {{ days }}) + 0 * {{ f }}({{ x }}) {{ w }} as {{ x }}_arg{{ f }}_{{ days }},
    {%- endfor %}
    {%- endfor %}
from {{ relation }}
{{ rolling_windows() }}
{% endmacro %}
