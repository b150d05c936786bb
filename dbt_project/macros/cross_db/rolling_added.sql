{#- The sums of rolling_closes over every window, from those of its pieces. -#}
{% macro rolling_added() %}
    {%- set columns = [] -%}
    {%- for name in rolling_closes() -%}
        {%- do columns.extend(rolling_sums_of_pieces(name)) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}


{#- A sum over twenty, thirty and sixty days. -#}
{% macro rolling_sums_of_pieces(name) %}
    {%- set x = name ~ '_10' -%}
    {{- return([
        [name ~ '_20', x ~ ' + ' ~ x ~ '_to_20'],
        [name ~ '_30', x ~ ' + ' ~ x ~ '_to_20 + ' ~ name ~ '_20_to_30'],
        [name ~ '_60', x ~ ' + ' ~ x ~ '_to_20 + ' ~ name ~ '_20_to_30 + ' ~ name ~ '_30_to_60'],
    ]) -}}
{% endmacro %}
