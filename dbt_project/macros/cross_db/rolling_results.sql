{#- The columns that rolling_columns promises, in terms of the layers below. -#}
{% macro rolling_results() %}
    {%- set columns = [] -%}
    {%- for days in alpha158_windows() -%}
        {%- set d = '_' ~ days -%}
        {%- set slope = '-(c_age' ~ d ~ ' + c' ~ d ~ ' * place_mean' ~ d ~ ')' -%}
        {%- do columns.extend([
            ['close_mean' ~ d, 'ref + c' ~ d ~ ' / nullif(closes' ~ d ~ ', 0)'],
            ['close_std' ~ d, rolling_deviation('c', 'closes', d)],
            ['close_slope' ~ d, slope ~ ' / nullif(about_mean_place' ~ d ~ ', 0)'],
            ['close_day_corr' ~ d, slope ~ ' / nullif(sqrt(about_mean_place' ~ d ~ ' * about_mean_c' ~ d ~ '), 0)'],
            [
                'close_line' ~ d,
                'ref + c' ~ d ~ ' / nullif(closes' ~ d ~ ', 0) - place_mean' ~ d ~ ' * ' ~ slope
                ~ ' / nullif(about_mean_place' ~ d ~ ', 0)',
            ],
            ['high_max' ~ d, 'nullif(high' ~ d ~ ", cast('-Infinity' as double precision))"],
            ['low_min' ~ d, 'nullif(low' ~ d ~ ", cast('NaN' as double precision))"],
            ['close_q20' ~ d, rolling_quantile(days, 0.2)],
            ['close_q80' ~ d, rolling_quantile(days, 0.8)],
            ['close_rank' ~ d, rolling_rank(days)],
            ['high_argmax' ~ d, rolling_place('high', days)],
            ['low_argmin' ~ d, rolling_place('low', days)],
            ['log_volume_std' ~ d, rolling_deviation('l', 'volumes', d)],
            ['close_ratio_std' ~ d, rolling_or_one_by_one('ratios', days, rolling_deviation('r', 'ratio_pairs', d), 'stddev_samp(x)')],
            ['volume_ratio_std' ~ d, rolling_or_one_by_one('ratios', days, rolling_deviation('w', 'ratio_pairs', d), 'stddev_samp(y)')],
            ['close_log_volume_corr' ~ d, rolling_or_one_by_one('levels', days, rolling_correlation('c', 'l', 'closes', d), correlation('x', 'y'), pairs=true)],
            ['close_volume_ratio_corr' ~ d, rolling_or_one_by_one('ratios', days, rolling_correlation('r', 'w', 'ratio_pairs', d), correlation('x', 'y'), pairs=true)],
            ['close_rise' ~ d, 'case when close_changes' ~ d ~ ' > 0 then c_up' ~ d ~ ' end'],
            ['close_fall' ~ d, 'case when close_changes' ~ d ~ ' > 0 then c_down' ~ d ~ ' end'],
            ['volume_rise' ~ d, 'case when volume_changes' ~ d ~ ' > 0 then v_up' ~ d ~ ' end'],
            ['volume_fall' ~ d, 'case when volume_changes' ~ d ~ ' > 0 then v_down' ~ d ~ ' end'],
            ['volume_mean' ~ d, 'v' ~ d ~ ' / nullif(volumes' ~ d ~ ', 0)'],
            ['volume_std' ~ d, rolling_deviation('v', 'volumes', d)],
            ['move_mean' ~ d, 'm' ~ d ~ ' / nullif(moves' ~ d ~ ', 0)'],
            ['move_std' ~ d, rolling_deviation('m', 'moves', d)],
        ]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}


{#- Sample standard deviation. -#}
{% macro rolling_deviation(x, count, d) -%}
    case when {{ count }}{{ d }} > 1 then sqrt(about_mean_{{ x }}{{ d }} / ({{ count }}{{ d }} - 1)) end
{%- endmacro %}


{#- Pearson correlation. -#}
{% macro rolling_correlation(x, y, count, d) -%}
    ({{ x }}{{ y }}{{ d }} - {{ x }}{{ d }} * {{ y }}{{ d }} / nullif({{ count }}{{ d }}, 0))
    / nullif(sqrt(about_mean_{{ x }}{{ d }} * about_mean_{{ y }}{{ d }}), 0)
{%- endmacro %}


{#- `rolling`, or where one of two series misses a day that the other has, the aggregate over the
    window's days x, y; with `pairs` over those that have both. -#}
{% macro rolling_or_one_by_one(series, days, rolling, aggregate, pairs=false) -%}
    {%- set x, y = ('closes', 'log_volumes') if series == 'levels' else ('close_ratios', 'volume_ratios') -%}
    {%- set nan = "cast('NaN' as double precision)" -%}
    case
        when lone_{{ series }}_{{ days }} = 0 then {{ rolling }}
        else (
            select {{ aggregate }}
            from (
                select nullif(x, {{ nan }}) as x, nullif(y, {{ nan }}) as y
                from unnest({{ x }}[day - {{ days - 1 }}:day], {{ y }}[day - {{ days - 1 }}:day]) as days (x, y)
                {%- if pairs %}
                where x <> {{ nan }} and y <> {{ nan }}
                {%- endif %}
            ) as days
        )
    end
{%- endmacro %}


{#- Continuous quantile of the closes: between two of the sorted closes if the window is full. -#}
{% macro rolling_quantile(days, share) -%}
    {%- set sorted = {
        0.2: {5: ['close_5_1', 'close_5_2'], 10: ['close_10_2', 'close_10_3'], 20: ['low_20_4', 'low_20_5'],
              30: ['low_30_6', 'low_30_7'], 60: ['low_60_12', 'low_60_13']},
        0.8: {5: ['close_5_4', 'close_5_5'], 10: ['close_10_8', 'close_10_9'], 20: ['high_20_5', 'high_20_4'],
              30: ['high_30_7', 'high_30_6'], 60: ['high_60_13', 'high_60_12']},
    }[share][days] -%}
    case
        when closes_{{ days }} = {{ days }}
            then {{ sorted[0] }} + {{ 1 - share if share < 0.5 else '0.2' }} * ({{ sorted[1] }} - {{ sorted[0] }})
        else (
            select percentile_cont({{ share }}) within group (order by x)
            from unnest(closes[day - {{ days - 1 }}:day]) as x
            where x <> cast('NaN' as double precision)
        )
    end
{%- endmacro %}


{#- Average rank of today's close in the window. Each other close counts 0 if it is above, 1 if it is
    equal, 2 if it is below: one less its sign above today's; days without a close have none. -#}
{% macro rolling_rank(days) -%}
    {%- set above = [] -%}
    {%- for last in alpha158_windows() if last <= days -%}{%- do above.append('above_to_' ~ last) -%}{%- endfor -%}
    case when close is not null then (closes_{{ days }} + 1 - ({{ above | join(' + ') }})) / (2 * closes_{{ days }}) end
{%- endmacro %}


{#- Place of an extreme in its window, 1 = oldest day; of the first suspended day if there is one. -#}
{% macro rolling_place(name, days) -%}
    case
        when closes_{{ days }} = 0 then null
        when closes_{{ days }} < rows_{{ days }} then rows_{{ days }} - gap_age_{{ days }}
        else rows_{{ days }} - {{ name }}_age_{{ days }}
    end
{%- endmacro %}
