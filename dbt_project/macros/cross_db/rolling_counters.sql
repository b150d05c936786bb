{#- The counters that `counts` packs, six bits each, in this order. -#}
{% macro rolling_counters_in_order() %}
    {{- return([
        ['closes', 'close is not null'],
        ['volumes', 'volume is not null'],
        ['close_changes', 'close_change is not null'],
        ['volume_changes', 'volume_change is not null'],
        ['moves', 'move is not null'],
        ['ratio_pairs', 'close_ratio is not null and volume_ratio is not null'],
        ['lone_levels', '(close is null) <> (volume is null)'],
        ['lone_ratios', '(close_ratio is null) <> (volume_ratio is null)'],
        ['close_rises', 'close_change > 0'],
        ['close_falls', 'close_change < 0'],
    ]) -}}
{% endmacro %}


{% macro rolling_counters() %}
    {%- for name, condition in rolling_counters_in_order() %}
    {{- ' + ' if not loop.first }}case when {{ condition }} then {{ 64 ** loop.index0 }} else 0 end
    {%- endfor %}
{%- endmacro %}


{#- One counter out of the packed ones. -#}
{% macro rolling_count(packed, name) %}
    {%- set names = rolling_counters_in_order() | map('first') | list -%}
    ({{ packed }} >> {{ 6 * names.index(name) }} & 63)
{%- endmacro %}
