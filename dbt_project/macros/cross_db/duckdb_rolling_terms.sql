{#- What is summed over five rows: name, term of the row {k} rows ago, its age. -#}
{% macro duckdb_rolling_terms() %}
    {%- set terms = {} -%}
    {%- for name in [
        'close', 'volume', 'log_volume', 'move',
        'traded_close', 'close_ratio', 'paired_ratio', 'volume_ratio',
    ] -%}
        {%- set term = name ~ '_d{k}' -%}
        {%- do terms.update({name: term, name ~ '_squares': term ~ ' * ' ~ term}) -%}
    {%- endfor -%}
    {%- for name in ['close', 'volume'] -%}
        {%- set term = name ~ '_change_d{k}' -%}
        {%- do terms.update({
            name ~ '_rise': '(abs(' ~ term ~ ') + ' ~ term ~ ') / 2',
            name ~ '_fall': '(abs(' ~ term ~ ') - ' ~ term ~ ') / 2',
        }) -%}
    {%- endfor -%}
    {%- do terms.update({
        'close_log_volume': 'traded_close_d{k} * log_volume_d{k}',
        'close_volume_ratio': 'paired_ratio_d{k} * volume_ratio_d{k}',
        'age_close': '{k} * close_d{k}',
        'age': 'seen_{k} * {k}',
        'age_squares': '{k} * {k} * seen_{k}',
    }) -%}
    {{- return(terms) -}}
{% endmacro %}
