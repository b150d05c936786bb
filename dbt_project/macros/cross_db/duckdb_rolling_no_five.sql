{#- The five before a ticker's first row: sums of zero, no extremes. (As the default of a lag it
    spares a coalesce of every field; the order of the fields is that of duckdb_rolling_fives.) -#}
{% macro duckdb_rolling_no_five() %}
    {%- set fields = [] -%}
    {%- for k in range(1, 6) -%}
        {%- do fields.append('close_' ~ k ~ " := cast('infinity' as double precision)") -%}
    {%- endfor -%}
    {%- for name in duckdb_rolling_centred() -%}
        {%- do fields.append(name ~ '_ref := cast(null as double precision)') -%}
    {%- endfor -%}
    {%- for name in duckdb_rolling_terms() -%}
        {%- do fields.append(name ~ ' := cast(0 as double precision)') -%}
    {%- endfor -%}
    {%- for extreme, name in [['high_max', 'high'], ['low_min', 'low']] -%}
        {%- do fields.append(extreme ~ ' := cast(null as double precision)') -%}
        {%- do fields.append(name ~ '_key := cast(null as double precision)') -%}
        {%- do fields.append(name ~ '_age := 0') -%}
    {%- endfor -%}
    {%- do fields.append('counters := cast(0 as bigint)') -%}
    {{- return('struct_pack(' ~ fields | join(', ') ~ ')') -}}
{% endmacro %}
