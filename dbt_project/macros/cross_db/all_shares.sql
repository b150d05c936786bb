{#- The numbers of all shares of a full build (is_in_share). -#}
{% macro all_shares() -%}
    cast('{ {{- range(number_of_shares()) | join(',') -}} }' as integer[])
{%- endmacro %}


{#- A power of two. More shares are divided more evenly among the workers, but each is planned anew
    and reads all rows for its own. -#}
{% macro number_of_shares() %}
    {{- return(8) -}}
{% endmacro %}
