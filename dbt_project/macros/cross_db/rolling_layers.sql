{#- From windows of five and ten days to windows of 5, 10, 20, 30 and 60: fetch, move to one
    reference, add up, centre, one nested select each: a column that a select hands on costs time. -#}
{% macro rolling_layers(relation) %}
    {%- set lags = range(1, 61) -%}
    {%- set source = relation ~ ' as arrays cross join lateral ' ~ array_days(lags, 'arrays.context_days') -%}
    {{- array_layers([
        rolling_fetched(),
        rolling_referenced() + rolling_found(),
        rolling_moved(),
        rolling_added() + rolling_counted(),
        rolling_centred(),
        rolling_results(),
    ], source, rolling_column_names()) }}
    offset 0
{% endmacro %}


{#- The days at whose windows of ten days a longer window starts anew. -#}
{% macro rolling_pieces(days) %}
    {{- return(range(0, days, 10) | list) -}}
{% endmacro %}


{#- What rolling_columns returns. -#}
{% macro rolling_column_names() %}
    {%- set names = ['ticker', 'dt', 'open', 'high', 'low', 'close', 'volume', 'vwap'] -%}
    {%- for days in alpha158_windows() -%}
        {%- for name in ['close_' ~ days ~ '_ago', 'rows_' ~ days, 'close_rises_' ~ days, 'close_falls_' ~ days] -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(names + rolling_results() | map('first') | list) -}}
{% endmacro %}
