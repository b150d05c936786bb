{#- The fields of duckdb_rolling_fives in their order: name, value before a ticker's first row. -#}
{% macro duckdb_rolling_five_fields() %}
    {%- set fields = {} -%}
    {%- for k in range(1, 6) -%}{%- do fields.update({'close_' ~ k: "'infinity'"}) -%}{%- endfor -%}
    {%- do fields.update({'close_ref': 'null'}) -%}
    {%- for name in duckdb_rolling_terms() -%}{%- do fields.update({name: '0'}) -%}{%- endfor -%}
    {%- for extreme, name in [['high_max', 'high'], ['low_min', 'low']] -%}
        {%- do fields.update({extreme: 'null', name ~ '_key': 'null', name ~ '_age': '0'}) -%}
    {%- endfor -%}
    {%- do fields.update({'closes': '0', 'volumes': '0', 'counters': '0'}) -%}
    {{- return(fields) -}}
{% endmacro %}
