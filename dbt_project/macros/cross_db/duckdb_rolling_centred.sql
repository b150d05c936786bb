{#- The series that are summed about a reference, their newest value: name, counter of its values.
    So a flat window has a deviation of exactly zero, and no digits are lost at high levels. -#}
{% macro duckdb_rolling_centred() %}
    {{- return({
        'close': 'closes',
        'volume': 'volumes',
        'log_volume': 'volumes',
        'move': 'moves',
    }) -}}
{% endmacro %}
