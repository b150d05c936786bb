{#- What the PostgreSQL windows simply add up: name, value on one row (never NULL); rolling_closes
    says what is added about a reference. The products give variances and covariances; `counts`
    packs ten counters of six bits (a window has at most 60 rows), see rolling_count. -#}
{% macro rolling_sums() %}
    {%- set pair = 'close_ratio is not null and volume_ratio is not null' -%}
    {{- return([
        ['counts', rolling_counters()],
        ['l', 'coalesce(log_volume, 0)'],
        ['ll', 'coalesce(log_volume * log_volume, 0)'],
        ['v', 'coalesce(volume, 0)'],
        ['vv', 'coalesce(volume * volume, 0)'],
        ['m', 'coalesce(move, 0)'],
        ['mm', 'coalesce(move * move, 0)'],
        ['r', 'case when ' ~ pair ~ ' then close_ratio - 1 else 0 end'],
        ['rr', 'case when ' ~ pair ~ ' then (close_ratio - 1) * (close_ratio - 1) else 0 end'],
        ['w', 'case when ' ~ pair ~ ' then volume_ratio else 0 end'],
        ['ww', 'case when ' ~ pair ~ ' then volume_ratio * volume_ratio else 0 end'],
        ['rw', 'coalesce((close_ratio - 1) * volume_ratio, 0)'],
        ['c_up', 'case when close_change > 0 then close_change else 0 end'],
        ['c_down', 'case when close_change < 0 then -close_change else 0 end'],
        ['v_up', 'case when volume_change > 0 then volume_change else 0 end'],
        ['v_down', 'case when volume_change < 0 then -volume_change else 0 end'],
        ['places', 'case when close is null then 0 else cast(day as bigint) * (1 + cast(day as bigint) * 2097152) end'],
    ]) -}}
{% endmacro %}
